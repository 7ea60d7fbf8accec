"""Answers to security questions: what counts as the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validate_service.primitives.answers import folded_answer


@pytest.mark.parametrize(
    ("typed", "enrolled"),
    [
        ("FLUFFY", "fluffy"),
        (" Fluffy\tthe  cat ", "fluffy the cat"),
        ("Straße", "STRASSE"),
        ("ﬁsh", "Fish"),
        ("\uff11\uff12", "12"),
        ("Jose\u0301", "josé"),
    ],
)
def test_spellings_of_one_answer_are_the_same(typed: str, enrolled: str) -> None:
    """Case, white space, compatibility and composed characters."""
    assert folded_answer(typed) == folded_answer(enrolled)


@pytest.mark.parametrize(("typed", "enrolled"), [("fluffythe cat", "fluffy the cat"), ("jose", "josé"), ("", "-")])
def test_other_answers_are_not_the_same(typed: str, enrolled: str) -> None:
    """Words and accents count."""
    assert folded_answer(typed) != folded_answer(enrolled)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_unicode_form_of_an_answer_does_not_count(text: str, form: str) -> None:
    """Keyboards differ in what they send."""
    assert folded_answer(unicodedata.normalize(form, text)) == folded_answer(text)  # type: ignore[arg-type]
