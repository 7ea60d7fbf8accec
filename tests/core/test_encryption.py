"""Encryption of callers' values."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.product import Product
from validate_service.core.encryption import MOST_CLEAR_BYTES
from validate_service.core.errors import DecryptionError, MalformedRequestError
from validate_service.primitives import mfa1

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
both = pytest.mark.parametrize("aes", [False, True], ids=["mfe1", "mfa1"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@both
@given(name=storable, clear=storable)
def test_what_was_encrypted_decrypts(product: Product, aes: bool, name: str, clear: str) -> None:
    """Any text under any name; the result is upper-case hex."""
    value = product.core.values.encrypt(product.call(), name, clear, aes=aes)
    assert set(value) <= set("0123456789ABCDEF")
    assert product.core.values.decrypt(product.call(), name, value, aes=aes) == clear


@both
def test_one_value_encrypts_to_another_text_each_time(product: Product, aes: bool) -> None:
    """Nobody sees that two values are the same."""
    assert len({product.core.values.encrypt(product.call(), "n", "v", aes=aes) for _ in range(3)}) == 3


@both
@pytest.mark.parametrize("character", ["a", "é", "\U0001f600"])
def test_the_longest_value_decrypts_however_it_is_spelled(product: Product, aes: bool, character: str) -> None:
    """Whatever encryption takes, decryption gives back: also four bytes a character, with dashes."""
    values, clear = product.core.values, character * (MOST_CLEAR_BYTES // len(character.encode()))
    value = values.encrypt(product.call(), "n", clear, aes=aes)
    dashed = "-".join(value[at : at + 2] for at in range(0, len(value), 2))
    assert values.decrypt(product.call(), "n", value.lower(), aes=aes) == clear
    assert values.decrypt(product.call(), "n", dashed, aes=aes) == clear


@both
def test_whatever_does_not_decrypt_is_one_error(product: Product, aes: bool) -> None:
    """Changed, cut, other name, other layout, no hex: one class and one text."""
    values = product.core.values
    value = values.encrypt(product.call(), "n", "v", aes=aes)
    foreign = values.encrypt(product.call(), "n", "v", aes=not aes)
    last = "1" if value[-1] == "0" else "0"
    unknown_key = value[:10] + "0000FFFF" + value[18:]
    wrong = {
        "changed": value[:-1] + last,
        "cut": value[:-2],
        "half a byte": value[:-1],
        "longer": value + "00",
        "empty": "",
        "no hex": "xyz",
        "space": value[:2] + " " + value[2:],
        "other script": "\uff14" + value[1:],
        "other layout": foreign,
        "unknown key": unknown_key,
    }
    for changed in wrong.values():
        with pytest.raises(DecryptionError) as refusal:
            values.decrypt(product.call(), "n", changed, aes=aes)
        assert str(refusal.value) == ""
    with pytest.raises(DecryptionError):
        values.decrypt(product.call(), "N", value, aes=aes)


@both
def test_another_tenant_decrypts_nothing(product: Product, aes: bool) -> None:
    """Under the same name, with a good API key of its own."""
    other = product.of_tenant("other")
    value = product.core.values.encrypt(product.call(), "n", "v", aes=aes)
    with pytest.raises(DecryptionError):
        other.core.values.decrypt(other.call(), "n", value, aes=aes)


@both
@pytest.mark.parametrize(
    ("name", "value"),
    [(None, "v"), ("n", None), ("x" * 257, "v"), ("n", "0" * 1_000_000), ("n\0", "v"), ("n", "\ud800")],
)
def test_a_missing_or_bad_field_is_malformed(product: Product, aes: bool, name: str | None, value: str | None) -> None:
    """In both directions."""
    values = product.core.values
    for use in (values.encrypt, values.decrypt):
        with pytest.raises(MalformedRequestError):
            use(product.call(), name, value, aes=aes)


def test_a_value_with_a_slow_derivation_is_refused_at_once(product: Product) -> None:
    """A stranger with an API key cannot make us compute PBKDF2, though the layout knows it."""
    core, tenant = product.core, product.tenant
    key_id, secret = core.key_desk.export_aes_secret(product.operator(), tenant)
    slow = mfa1.encrypt(
        secret,
        key_id=key_id,
        name="n",
        clear="v",
        salt=bytes(16),
        iv=bytes(16),
        derivation=mfa1.KeyDerivation.PBKDF2_SHA256,
        iterations=1000,
    )
    assert mfa1.decrypt(secret, name="n", value=slow) == "v"
    with pytest.raises(DecryptionError):
        core.values.decrypt(product.call(), "n", slow.hex(), aes=True)


def test_every_encryption_and_decryption_is_audited_without_the_value(product: Product) -> None:
    """Who, from where, when; neither name nor value."""
    value = product.core.values.encrypt(product.call(), "field", "clear text")
    product.core.values.decrypt(product.call(), "field", value)
    events = product.audit()[-2:]
    assert [(event["event"], event["reason"]) for event in events] == [
        ("value:encrypt", "done"),
        ("value:decrypt", "done"),
    ]
    assert "field" not in str(events)


def test_a_value_too_long_to_be_sent_back_is_refused(product: Product) -> None:
    """As hex it would not fit into a request that decrypts it; bytes count, not characters."""
    with pytest.raises(MalformedRequestError, match="30000 bytes"):
        product.core.values.encrypt(product.call(), "db", "é" * (MOST_CLEAR_BYTES // 2 + 1))
