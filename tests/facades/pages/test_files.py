"""The files that pages load."""

import gzip
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from validate_service.facades.pages.files import StaticFiles

STYLE = "body { color: black }\n" * 50


def served(folder: Path, files: dict[str, str]) -> tuple[StaticFiles, Client]:
    """Return *files*, and a client of whoever serves them."""
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    static = StaticFiles("/files", folder.iterdir())
    application = Flask(__name__)
    application.register_blueprint(static.routes("files"))
    return static, Client(application)


@pytest.mark.parametrize(
    ("accepts", "coding"), [("gzip", "gzip"), ("br, gzip;q=0.5", "gzip"), ("*", "gzip"), ("gzip;q=0", None), ("", None)]
)
def test_files_are_compressed_for_whoever_takes_them_so(tmp_path: Path, accepts: str, coding: str | None) -> None:
    """And say that it depends on who asks."""
    static, client = served(tmp_path, {"page.css": STYLE})
    answer = client.get(static.address("page.css"), headers={"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding") == coding
    assert (gzip.decompress(answer.data) if coding else answer.data) == STYLE.encode()
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_what_would_not_become_shorter_is_sent_as_it_is(tmp_path: Path) -> None:
    """Whatever the client takes."""
    static, client = served(tmp_path, {"short.js": "1"})
    answer = client.get(static.address("short.js"), headers={"Accept-Encoding": "gzip"})
    assert (answer.data, answer.headers.get("Content-Encoding"), answer.headers.get("Vary")) == (b"1", None, None)


def test_an_address_changes_when_any_of_the_files_does(tmp_path: Path) -> None:
    """So a module that imports another finds the one of its own version."""
    before, _ = served(tmp_path, {"one.js": "1", "two.js": "2"})
    after, client = served(tmp_path, {"two.js": "3"})
    assert before.address("one.js") != after.address("one.js")
    assert after.addresses(".js") == [after.address("one.js"), after.address("two.js")]
    assert client.get(after.address("one.js")).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = client.get(before.address("two.js"))
    assert (other.text, other.headers["Cache-Control"]) == ("3", "public, no-cache")


def test_what_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    """The two codings of a file are told apart."""
    static, client = served(tmp_path, {"page.css": STYLE})
    address = static.address("page.css")
    plain = client.get(address).headers["ETag"]
    packed = client.get(address, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    assert plain != packed
    assert client.get(address, headers={"If-None-Match": plain}).status_code == 304


@pytest.mark.parametrize("name", ["other.css", "..%2fpage.css", "page.css/"])
def test_only_the_files_that_were_named_are_served(tmp_path: Path, name: str) -> None:
    """Nothing is looked up on the disk when a request comes."""
    _, client = served(tmp_path, {"page.css": STYLE})
    assert client.get(f"/files/any/{name}").status_code == 404
