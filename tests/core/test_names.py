"""User names: one user, however spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validate_service.core.errors import MalformedRequestError
from validate_service.core.names import UserName


@pytest.mark.parametrize(
    ("username", "domain"),
    [
        ("alice", "CORP"),
        ("CORP\\alice", ""),
        ("CORP\\alice", None),
        ("alice@CORP", ""),
        (" ALICE ", " corp "),
        ("corp\\Alice", "  "),
    ],
)
def test_spellings_of_one_user_are_one_key(username: str, domain: str | None) -> None:
    """Two fields, DOMAIN\\user, user@domain; case and outer white space do not count."""
    assert UserName.parse(username, domain).key == ("corp", "alice")


@pytest.mark.parametrize(
    ("username", "domain", "key"),
    [
        ("alice", "", ("", "alice")),
        (None, None, ("", "")),
        ("CORP\\alice", "other", ("other", "corp\\alice")),
        ("alice@corp", "other", ("other", "alice@corp")),
        ("a@b@corp", "", ("corp", "a@b")),
        ("CORP\\alice@corp", "", ("corp", "alice@corp")),
    ],
)
def test_a_domain_is_split_off_only_where_none_is_given(
    username: str | None, domain: str | None, key: tuple[str, str]
) -> None:
    """And once: what is left is the username."""
    assert UserName.parse(username, domain).key == key


@pytest.mark.parametrize(("username", "domain"), [("x" * 257, ""), ("", "x" * 257), ("a\0", ""), ("", "\ud800")])
def test_a_bad_name_is_refused(username: str, domain: str) -> None:
    """Too long, or what no database holds."""
    with pytest.raises(MalformedRequestError):
        UserName.parse(username, domain)


@given(st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc"], exclude_characters="\\@"), min_size=1, max_size=9))
def test_a_printed_name_names_the_same_user(text: str) -> None:
    """What the audit trail shows can be pasted into a command."""
    for name in (UserName("", text), UserName(text, text)):
        assert UserName.parse(str(name), "").key == name.key


@pytest.mark.parametrize("name", ["ß" * 200, "ß" * 200 + "@corp.example"])
def test_a_name_that_grows_too_long_by_folding_is_refused(name: str) -> None:
    """It is the folded name that the database must hold."""
    with pytest.raises(MalformedRequestError, match="longer than 256"):
        UserName.parse(name, None)
