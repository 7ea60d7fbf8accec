"""Texts in the languages that there are."""

from pathlib import Path

import pytest
from flask import Flask

from validate_service.facades.pages.texts import Catalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """A catalogue in two languages."""
    (tmp_path / "en.toml").write_text('[page]\ntitle = "Hello $name!"\n[page.deep]\nend = "Bye"\n', "utf-8")
    (tmp_path / "de.toml").write_text('[page]\ntitle = "Hallo $name!"\n[page.deep]\nend = "Tschüs"\n', "utf-8")
    return Catalogue(tmp_path)


@pytest.mark.parametrize(
    ("tag", "language"), [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("en", "en"), ("fr", "en"), ("", "en")]
)
def test_a_tag_finds_its_language_and_others_english(catalogue: Catalogue, tag: str, language: str) -> None:
    """Regions and case of a tag do not matter."""
    assert catalogue.of(tag).language == language


@pytest.mark.parametrize(
    ("header", "language"), [("de-CH, en;q=0.5", "de"), ("fr, de;q=0.3, en;q=0.2", "de"), ("ja", "en"), ("", "en")]
)
def test_the_browser_says_what_its_user_likes_most(catalogue: Catalogue, header: str, language: str) -> None:
    """Of the languages that there are; English if it likes none of them."""
    with Flask(__name__).test_request_context(headers={"Accept-Language": header}):
        assert catalogue.of_browser().language == language


def test_places_are_filled_and_never_forgotten(catalogue: Catalogue) -> None:
    """A text that lacks a value is a defect, not a page with a dollar sign."""
    texts = catalogue.of("de")
    assert texts("page.title", name="<b>") == "Hallo <b>!"
    assert texts("page.deep.end") == "Tschüs"
    assert texts.around("page.title") == ("Hallo ", "!")
    assert texts.section("page") == {"title": "Hallo $name!", "deep.end": "Tschüs"}
    assert "page.title" in texts
    assert "page.other" not in texts
    with pytest.raises(KeyError):
        texts("page.title")
    with pytest.raises(KeyError):
        texts("page.other")
