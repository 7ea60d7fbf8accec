"""Requests of foreign pages are told from those of our own."""

import pytest

from validate_service.facades.pages.forgery import ForgedRequestError, OwnPages, require_form_token

OURS = "https://mfa.example.org"


def environ(**headers: str) -> dict[str, str]:
    """Return a request's environment with these headers."""
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return {"wsgi.url_scheme": "http", "HTTP_HOST": "localhost:8080"} | named


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "https://evil.example"},
        {"origin": OURS},
    ],
)
def test_our_own_pages_may(headers: dict[str, str]) -> None:
    """By what the browser says of them, the newer header before the older."""
    OwnPages(f"{OURS}/").require_own(environ(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": ""},
        {"sec_fetch_site": "cross-site", "origin": OURS},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "https://mfa.example.org.evil.example"},
        {"origin": "http://mfa.example.org"},
        {"referer": f"{OURS}/"},
    ],
)
def test_others_may_not(headers: dict[str, str]) -> None:
    """Nor whoever says nothing of itself."""
    with pytest.raises(ForgedRequestError):
        OwnPages(OURS).require_own(environ(**headers))


def test_without_an_address_of_our_own_it_is_the_one_that_was_asked() -> None:
    """As in a demonstration."""
    OwnPages().require_own(environ(origin="http://localhost:8080"))
    with pytest.raises(ForgedRequestError):
        OwnPages().require_own(environ(origin="https://localhost:8080"))


@pytest.mark.parametrize("given", ["", "a", "ab ", "aB", "abc", "ä", "\ud800"])
def test_only_the_very_token_will_do(given: str) -> None:
    """Whatever is sent in its place is refused, and breaks nothing."""
    require_form_token("ab", "ab")
    with pytest.raises(ForgedRequestError):
        require_form_token(given, "ab")
