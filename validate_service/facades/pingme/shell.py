"""The page of the authenticator, and what makes it an application on a phone (W3C Web Application Manifest)."""

import json
from pathlib import Path

from flask import Blueprint, Response

from validate_service.facades.pages.compression import compress
from validate_service.facades.pages.files import StaticFile, StaticFiles
from validate_service.facades.pages.pages import Pages
from validate_service.facades.pages.policies import Policy
from validate_service.facades.pingme.fields import written
from validate_service.facades.pingme.visitors import Visitors

# The scripts make a policy of their own for the address of their one service worker.
POLICY = Policy(("style", "img", "script", "connect", "manifest", "worker"), scripts_made_by="pingme")

_STATIC = Path(__file__).parent / "static"
FILES = StaticFiles("/files", [path for path in _STATIC.iterdir() if path.name != "sw.js"])
_WORKER = StaticFile.read(_STATIC / "sw.js")
_ICONS = (
    ("icon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


def shell(pages: Pages, visitors: Visitors, below: str) -> Blueprint:
    """Return the routes of the page and of what belongs to it; *below* is the path before all of them."""
    routes = Blueprint("shell", __name__)
    routes.register_blueprint(FILES.routes("files"))
    manifest_text = json.dumps(_manifest(below))

    @routes.get("/")
    def page() -> Response:
        holder, texts, key = visitors.present(), visitors.texts(), visitors.core.phone_messages.public_key()
        response = pages.page(
            "shell.html",
            policy=POLICY,
            tenant=holder.tenant if holder else None,
            language=texts.language,
            texts=texts,
            holder=holder,
            push_key=written(key) if key else "",
            files=FILES,
            below=below,
        )
        response.vary.update(("Accept-Language", "Cookie"))
        return compress(response)

    @routes.get("/offline")
    def offline() -> Response:
        texts = visitors.catalogue.of_browser()
        return pages.page("offline.html", language=texts.language, texts=texts, files=FILES, below=below)

    @routes.get("/manifest.webmanifest")
    def manifest() -> Response:
        return compress(_kept_briefly(Response(manifest_text, mimetype="application/manifest+json")))

    @routes.get("/sw.js")
    def worker() -> Response:
        response = _kept_briefly(_WORKER.response())
        response.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
        return response

    return routes


def _kept_briefly(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def _manifest(below: str) -> dict[str, object]:
    icons = [
        {
            "src": f"{below}{FILES.address(name)}",
            "sizes": sizes,
            "type": "image/svg+xml" if name.endswith("svg") else "image/png",
            "purpose": purpose,
        }
        for name, sizes, purpose in _ICONS
    ]
    return {
        "name": "PingMe",
        "short_name": "PingMe",
        "id": f"{below}/",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#f5f7f9",
        "theme_color": "#1f5f8b",
        "icons": icons,
    }
