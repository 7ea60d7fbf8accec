"""The site's routes."""

from collections.abc import Callable

from flask import Flask, Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

Readiness = Callable[[], bool]
"""Tells whether a call could be decided now."""


def create_site(is_ready: Readiness) -> Flask:
    """Return the WSGI application of ``/``, ``/healthz`` and ``/readyz``."""
    site = Flask(__name__, static_folder=None)

    @site.get("/")
    def start() -> AnyResponse:
        return redirect("/ValidateService.asmx")

    @site.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @site.get("/readyz")
    def readyz() -> tuple[Response, int]:
        ready = is_ready()
        return jsonify(status="ready" if ready else "unavailable"), 200 if ready else 503

    return site
