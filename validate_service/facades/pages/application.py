"""A Flask application for pages."""

from pathlib import Path

from flask import Flask, Response
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, StrictUndefined

from validate_service.core.errors import UnavailableError
from validate_service.facades.http.requests import MAX_BODY_BYTES
from validate_service.facades.pages.forgery import ForgedRequestError
from validate_service.facades.pages.policies import COMMON_HEADERS, HTTPS_ONLY

_HERE = Path(__file__).parent


def create_pages(import_name: str, public_url: str = "") -> Flask:
    """Return an application with the common headers, that finds its own templates and those of all pages.

    Args:
        import_name: The module that it belongs to.
        public_url: What browsers call us; where that is https, they are told to use nothing else.
    """
    application = Flask(import_name, static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # Whoever calls the application logs its defects; Flask would log their texts, which may be what somebody sent.
    application.config["PROPAGATE_EXCEPTIONS"] = True
    own: list[BaseLoader] = [application.jinja_loader] if application.jinja_loader else []
    application.jinja_options = {
        "loader": ChoiceLoader([*own, FileSystemLoader(_HERE / "templates")]),
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }

    @application.after_request
    def with_common_headers(response: Response) -> Response:
        for name, value in COMMON_HEADERS.items():
            response.headers.setdefault(name, value)
        if public_url.startswith("https:"):
            response.headers["Strict-Transport-Security"] = HTTPS_ONLY
        return response

    @application.errorhandler(ForgedRequestError)
    def forged(_error: ForgedRequestError) -> tuple[str, int, dict[str, str]]:
        return "This request did not come from our own page.", 403, {"Content-Type": "text/plain; charset=utf-8"}

    @application.errorhandler(UnavailableError)
    def unavailable(error: UnavailableError) -> tuple[str, int, dict[str, str]]:
        return error.public, 503, {"Content-Type": "text/plain; charset=utf-8", "Retry-After": "5"}

    return application
