"""Declarations: what is described is what is taken, and the other way round."""

import string
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validate_service.core.errors import MalformedRequestError
from validate_service.facades.declarations.fields import Declaration, Field
from validate_service.facades.declarations.kinds import Flag, Kind, Number, Text

KINDS: list[Kind[Any]] = [Text(5), Text(20, "[a-z]+( [a-z]+)*", "must be words"), Flag(), Number(1), Number(3)]
TWO_NAMES = Field("serial", Text(20), "Its serial.", "T1", required=True, aliases=("psn", "tokenSerial"))
COUNT = Field("count", Number(3), "How many.", 1, default=1)
NOTE = Field("note", Text(20), "Whatever.", "x")
DECLARATION = Declaration(TWO_NAMES, COUNT, NOTE)

# JSON has no half surrogate pairs: the validator cannot even be given one.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers() | st.integers(-2, 1100) | st.integers(0, 1100).map(float) | st.floats(allow_nan=False)
near = st.sampled_from(
    ["true", "FALSE", "tRuE", "true ", "0", "007", "1000", "1.0", "-1", "+1", "", "a b", "a  b", "٣"]
)
values = st.one_of(texts, st.text(string.ascii_lowercase + " ", max_size=24), near, numbers, st.booleans())
anything = st.recursive(values, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2))


def is_taken(kind: Kind[Any], value: object) -> bool:
    try:
        kind.read("field", value)
    except MalformedRequestError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS, ids=repr)
@given(value=anything)
def test_a_kind_takes_what_its_schema_allows(kind: Kind[Any], value: object) -> None:
    """No value is described and refused, and none is taken and not described."""
    schema = jsonschema_rs.validator_for({"anyOf": kind.schemas})
    assert schema.is_valid(value) == is_taken(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "meaning"),
    [
        (Text(5), " é ", " é "),
        (Flag(), "tRuE", True),
        (Flag(), "FALSE", False),
        (Flag(), False, False),
        (Number(3), "007", 7),
        (Number(3), 999, 999),
        (Number(3), 6.0, 6),
    ],
)
def test_what_a_value_means(kind: Kind[Any], value: object, meaning: object) -> None:
    """Text is not trimmed; numbers and flags have their own types whatever they came as."""
    read = kind.read("field", value)
    assert (read, type(read)) == (meaning, type(meaning))


@pytest.mark.parametrize("name", ["serial", "psn", "tokenserial"])
def test_a_field_is_found_under_each_of_its_names(name: str) -> None:
    """And is one field, whatever it was called."""
    assert DECLARATION.read({name: "T1"})[TWO_NAMES] == "T1"


def test_a_field_under_two_names_is_refused() -> None:
    """One of them would silently win."""
    with pytest.raises(MalformedRequestError, match="serial is given under two names"):
        DECLARATION.read({"serial": "T1", "psn": "T1"})


def test_null_is_missing() -> None:
    """A required field is then missing, another has its default or nothing."""
    read = DECLARATION.read({"serial": "T1", "count": None, "note": None})
    assert (read[COUNT], read.get(COUNT), read.get(NOTE)) == (1, 1, None)
    with pytest.raises(MalformedRequestError, match="serial is missing"):
        DECLARATION.read({"serial": None})


def test_to_ask_for_what_may_be_missing_is_a_defect() -> None:
    """A handler must say that it knows."""
    with pytest.raises(KeyError, match="note"):
        DECLARATION.read({"serial": "T1"})[NOTE]


@given(st.dictionaries(st.sampled_from(["serial", "count", "note", "more"]), anything | st.none()))
def test_a_declaration_takes_what_its_schema_allows(given_fields: dict[str, object]) -> None:
    """The same of whole objects, with fields missing, null and unknown."""
    try:
        DECLARATION.read(given_fields)
        taken = True
    except MalformedRequestError:
        taken = False
    assert jsonschema_rs.validator_for(DECLARATION.schema).is_valid(given_fields) == taken


def test_the_example_is_one() -> None:
    """What the documentation shows is read without complaint."""
    assert DECLARATION.read(DECLARATION.example)[COUNT] == 1
