"""The files that pages load."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, abort, request

from validate_service.facades.pages.compression import compressed, takes_gzip

_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, read once and compressed once.

    Attributes:
        media_type: What it is.
        content: The file.
        compressed: The same in the format of RFC 1952.
    """

    media_type: str
    content: bytes
    compressed: bytes

    @classmethod
    def read(cls, path: Path) -> "StaticFile":
        """Return the file at *path*."""
        content = path.read_bytes()
        return cls(_MEDIA_TYPES[path.suffix], content, compressed(content))

    def response(self) -> Response:
        """Return the file, compressed if the client takes it so and that is shorter; or only that it is unchanged."""
        short = len(self.compressed) < len(self.content)
        packed = short and takes_gzip()
        response = Response(self.compressed if packed else self.content, mimetype=self.media_type)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        if short:
            response.vary.add("Accept-Encoding")
        response.add_etag()
        response.make_conditional(request)
        return response


class StaticFiles:
    """Files that belong together and change together.

    Their addresses hold a digest of them all, so that a module finds those that it imports beside itself, in the same
    version.
    """

    def __init__(self, below: str, paths: Iterable[Path]) -> None:
        """Serve the files at *paths* below the path *below*."""
        self._files = {path.name: StaticFile.read(path) for path in sorted(paths)}
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(f"{name}:{len(file.content)}:".encode() + file.content)
        self._below, self._version = below, digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        """Return where the file *name* is, for pages."""
        return f"{self._below}/{self._version}/{name}"

    def addresses(self, suffix: str) -> list[str]:
        """Return where the files are whose names end in *suffix*."""
        return [self.address(name) for name in self._files if name.endswith(suffix)]

    def routes(self, name: str) -> Blueprint:
        """Return the routes of the files; *name* tells them from others of the application."""
        routes = Blueprint(name, __name__)
        routes.add_url_rule(f"{self._below}/<version>/<name>", view_func=self._serve, endpoint="file")
        return routes

    def _serve(self, version: str, name: str) -> Response:
        file = self._files.get(name)
        if file is None:
            abort(404)
        response = file.response()
        # While one version replaces another, either may be asked for the other's files.
        kept = "public, max-age=31536000, immutable" if version == self._version else "public, no-cache"
        response.headers["Cache-Control"] = kept
        return response
