"""Text fields: what no request may hold."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import folded, is_storable, require_text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_good_text_is_returned_unchanged(text: str) -> None:
    """No field is trimmed or rewritten in secret."""
    assert require_text("name", text, longest=20) == text


@pytest.mark.parametrize("value", [None, "x" * 21, "a\0", "\ud800", "a\udfff"])
def test_bad_text_is_refused_by_the_fields_name(value: str | None) -> None:
    """The text names the field; it never holds the value."""
    with pytest.raises(MalformedRequestError) as refusal:
        require_text("loginTo", value, longest=20)
    assert refusal.value.public.startswith("loginTo ")
    assert str(value) not in refusal.value.public


@given(st.text(max_size=20))
def test_text_is_storable_if_utf8_holds_it_and_it_has_no_nul(text: str) -> None:
    """What a database would refuse is refused before."""
    encodable = text.encode("utf-8", "replace").decode() == text and not any("\ud800" <= c <= "\udfff" for c in text)
    assert is_storable(text) == (encodable and "\0" not in text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_folding_does_not_depend_on_the_unicode_form(text: str) -> None:
    """One name typed on two systems is one name."""
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text))


@given(st.text(st.characters(max_codepoint=127), max_size=20))
def test_folding_of_ascii_ignores_case_only(text: str) -> None:
    """The short way gives what the long way gives."""
    assert folded(text) == folded(text.upper()) == text.casefold()
