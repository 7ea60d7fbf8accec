"""What phones sign: no two meanings read the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validate_service.primitives.phone_statements import answer_statement, enrolment_statement, sign_in_statement

ANSWER: dict[str, Any] = {
    "uid": "0" * 32,
    "approval_id": "f" * 32,
    "user": r"CORP\alice",
    "login_to": "Portal",
    "address": "192.0.2.1",
    "message": "",
    "asked_at": 1_700_000_000_000_000,
    "expires_at": 1_700_000_050_000_000,
    "number": "47",
    "approve": True,
}
OTHERS: dict[str, list[Any]] = {
    "uid": ["1" * 32],
    "approval_id": ["e" * 32],
    "user": [r"CORP\bob", "alice", ""],
    "login_to": ["Bank", "Portal ", ""],
    "address": ["192.0.2.2", ""],
    "message": ["Transfer", " "],
    "asked_at": [1_700_000_000_000_001],
    "expires_at": [1_700_000_350_000_000],
    "number": ["48", "", "047"],
    "approve": [False],
}


def test_an_answer_is_stated_as_the_pages_state_it() -> None:
    """Byte for byte: what is written here is what phones in the field sign."""
    assert answer_statement(**ANSWER) == (
        b"24:ValidateService PingMe 1,6:answer,"
        b"32:00000000000000000000000000000000,32:ffffffffffffffffffffffffffffffff,"
        b"10:CORP\\alice,6:Portal,9:192.0.2.1,0:,16:1700000000000000,16:1700000050000000,2:47,7:approve,"
    )
    assert answer_statement(**ANSWER | {"approve": False, "number": ""}).endswith(b",0:,4:deny,")


def test_the_other_statements_are_stated_as_the_pages_state_them() -> None:
    """Challenges in Base64 for URLs, without padding; text in UTF-8, counted in bytes."""
    assert sign_in_statement("ab", b"\xff\xfe") == b"24:ValidateService PingMe 1,7:sign in,2:ab,3:__4,"
    assert enrolment_statement(b"\0", "Zoë 📱") == (
        b"24:ValidateService PingMe 1,5:enrol,2:AA,9:" + "Zoë 📱".encode() + b","
    )


@pytest.mark.parametrize(("field", "other"), [(field, other) for field, others in OTHERS.items() for other in others])
def test_every_field_is_part_of_what_is_signed(field: str, other: object) -> None:
    """Another value makes another statement."""
    assert answer_statement(**ANSWER | {field: other}) != answer_statement(**ANSWER)


TEXTS = st.fixed_dictionaries(
    {field: st.text(alphabet=",:01a", max_size=6) for field in ("user", "login_to", "address", "message", "number")}
)


@given(TEXTS, TEXTS)
def test_no_two_answers_read_the_same(one: dict[str, str], other: dict[str, str]) -> None:
    """Whatever stands in the fields, also what looks like the frame around them."""
    assert (answer_statement(**ANSWER | one) == answer_statement(**ANSWER | other)) is (one == other)


@given(st.binary(max_size=40), st.text(max_size=20))
def test_no_statement_serves_as_another(challenge: bytes, text: str) -> None:
    """A phone that signs in has not enrolled, and has answered nothing."""
    kinds = {
        statement.split(b",")[1]
        for statement in (
            enrolment_statement(challenge, text),
            sign_in_statement(text, challenge),
            answer_statement(**ANSWER),
        )
    }
    assert kinds == {b"5:enrol", b"7:sign in", b"6:answer"}
