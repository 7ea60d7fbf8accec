"""What all applications with pages have in common."""

import pytest
from flask import Response
from werkzeug.test import Client

from validate_service.core.errors import UnavailableError
from validate_service.facades.pages.application import create_pages
from validate_service.facades.pages.forgery import ForgedRequestError


def client(public_url: str = "") -> Client:
    """Return a client of an application whose calls go wrong in different ways."""
    application = create_pages(__name__, public_url)

    @application.get("/own")
    def own() -> Response:
        return Response("", headers={"Cache-Control": "public"})

    @application.post("/forged")
    def forged() -> Response:
        raise ForgedRequestError

    @application.post("/unavailable")
    def unavailable() -> Response:
        raise UnavailableError("the database on db7")

    return Client(application)


@pytest.mark.parametrize("path", ["/own", "/missing"])
def test_every_answer_has_the_headers_that_keep_it_safe(path: str) -> None:
    """Also one that nobody wrote."""
    headers = client().get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == ("public" if path == "/own" else "no-store")


def test_only_where_browsers_come_by_https_they_are_told_to_stay_there() -> None:
    """A demonstration on http would else lock its user out."""
    assert client("https://mfa.example.org").get("/own").headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client("http://localhost:8080").get("/own").headers


def test_what_went_wrong_is_told_without_a_word_too_much() -> None:
    """A forged request, and a server that cannot."""
    assert client().post("/forged").status_code == 403
    answer = client().post("/unavailable")
    assert (answer.status_code, answer.text) == (503, "The service is temporarily unavailable.")
    assert int(answer.headers["Retry-After"]) > 0
