"""The audit trail: one event for each call, and never a secret."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.product import Product
from tests.pushes import verify_push
from validate_service.core.audit import EventName
from validate_service.core.errors import ValidateError
from validate_service.core.model import DeviceKind, Scope
from validate_service.core.prompts import custom_prompt

CARD, PIN, ANSWER, CLEAR = "CA4DCA4DCA4D01", "8520-canary-pin", "canary answer", "canary clear text"
WRONG_PIN, WRONG_ANSWER, WRONG_KEY = "9630-canary-pin", "canary guess", "canary-api-key"
SEED = b"canary seed canary seed"


@pytest.fixture
def busy(product: Product) -> tuple[Product, dict[str, str]]:
    """A product on which everything was done once, rightly and wrongly; and every secret that was used."""
    core, tenant = product.core, product.tenant
    product.add_user("alice")
    call, caller = product.operator("alice"), product.call
    product.add_device("alice", "A", seed=SEED, digits=8)
    product.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    core.card_register.add(call, tenant, CARD, "badge")
    core.pin_desk.set_pin(call, tenant, PIN)
    core.question_register.replace(call, tenant, [("Pet?", ANSWER)])
    uid, api_key = core.api_key_register.issue(call, tenant.id, "web", frozenset(Scope))
    login_key = core.api_key_register.issue_account(call, tenant.id, "account")
    code = core.auth_code_desk.issue(call, tenant, life_s=60, digits=12)
    token = core.auth_token_desk.issue(call, tenant, life_s=60)
    _, aes_secret = core.key_desk.export_aes_secret(call, tenant)
    otps = ["81273645", "18273645"]
    for otp in otps:
        core.otp.verify(caller("alice"), otp)
    for card, pin in ((CARD, PIN), (CARD, WRONG_PIN), (CARD + "FF", PIN)):
        core.cards.verify(caller("alice"), card, pin)
    core.questions.listing(caller("alice"))
    core.questions.verify(caller("alice"), ["Pet?"], [ANSWER])
    core.questions.verify(caller("alice"), ["Pet?"], [WRONG_ANSWER])
    core.auth_codes.verify(caller("alice"), code)
    core.auth_tokens.verify(caller("alice"), token)
    verify_push(product, caller("alice"), custom_prompt("canary message [[match:918273]]", "5"))
    values = [core.values.encrypt(caller(), "canary name", CLEAR, aes=aes) for aes in (False, True)]
    for aes, value in enumerate(values):
        core.values.decrypt(caller(), "canary name", value, aes=bool(aes))
    for key in (WRONG_KEY, login_key):
        refused(product, api_key=key)
    core.api_key_register.revoke(call, tenant.id, uid)
    refused(product, api_key=api_key)
    core.key_desk.rotate(call)
    secrets = {
        "card": CARD,
        "PIN": PIN,
        "wrong PIN": WRONG_PIN,
        "answer": ANSWER,
        "wrong answer": WRONG_ANSWER,
        "seed": SEED.hex(),
        "raw seed": SEED.decode(),
        "API key": product.api_key,
        "revoked API key": api_key,
        "unknown API key": WRONG_KEY,
        "login key": login_key,
        "auth code": code,
        "token": token,
        "exported secret": aes_secret,
        "clear value": CLEAR,
        "match number": "918273",
        "first code": otps[0],
        "second code": otps[1],
        "MFE1 value": values[0],
        "MFA1 value": values[1],
        **{f"key {key_id}": key.key.hex() for key_id, key in core.key_desk.listing().items()},
    }
    return product, secrets


def refused(product: Product, *, api_key: str) -> None:
    """Make a call that is refused."""
    call = product.call("alice", api_key=api_key)
    with pytest.raises(ValidateError), product.core.refusals.recorded(call):
        product.core.otp.verify(call, "123456")


def rows(product: Product, table: str) -> list[tuple[Any, ...]]:
    """Return every column of every row."""
    with product.installation.database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]


def spelled(row: tuple[Any, ...]) -> str:
    """Return a row in one text, its bytes as hex and as text."""
    return "|".join(
        f"{cell.hex()}|{cell.decode('latin-1')}" if isinstance(cell, bytes) else str(cell) for cell in row
    ).casefold()


def test_no_secret_is_in_the_audit_trail(busy: tuple[Product, dict[str, str]]) -> None:
    """In no column of no row, right or wrong."""
    product, secrets = busy
    trail = "\n".join(spelled(row) for row in rows(product, "audit_events"))
    assert "alice" in trail
    assert [name for name, secret in secrets.items() if secret.casefold() in trail] == []


def test_no_secret_is_in_the_database_in_clear(busy: tuple[Product, dict[str, str]]) -> None:
    """Whoever steals a backup has neither seeds nor cards, keys, codes, tokens, PINs or answers."""
    product, secrets = busy
    # What the user must type is not what the user knows: it is shown on the caller's screen.
    del secrets["match number"]
    tables = (
        "api_keys",
        "users",
        "devices",
        "cards",
        "questions",
        "auth_codes",
        "auth_tokens",
        "approvals",
        "key_ring",
    )
    stored = "\n".join(spelled(row) for table in tables for row in rows(product, table))
    assert "alice" in stored
    assert [name for name, secret in secrets.items() if secret.casefold() in stored] == []


def test_every_call_leaves_exactly_one_event(product: Product) -> None:
    """With surface, operation, address, request, caller, tenant and user; a push leaves its question, too."""
    core, caller = product.core, product.call
    calls: dict[str, Callable[[], object]] = {
        "otp:verify": lambda: core.otp.verify(caller("alice"), "1"),
        "card:verify": lambda: core.cards.verify(caller("alice"), "1", "1"),
        "auth_code:verify": lambda: core.auth_codes.verify(caller("alice"), "1"),
        "auth_token:verify": lambda: core.auth_tokens.verify(caller("alice"), "1"),
        "questions:list": lambda: core.questions.listing(caller("alice")),
        "questions:verify": lambda: core.questions.verify(caller("alice"), ["1"], ["1"]),
        "push:verify": lambda: verify_push(product, caller("alice"), custom_prompt("", "5")),
        "value:encrypt": lambda: core.values.encrypt(caller("alice"), "1", "1"),
    }
    for name, act in calls.items():
        before = len(product.audit())
        act()
        (event,) = product.audit()[before:]
        assert (event["event"], event["user_name"], event["tenant_id"]) == (name, "alice", product.tenant.id)
        origin = [event[field] for field in ("surface", "operation", "address", "request_id", "caller")]
        assert origin == ["soap", "test", "192.0.2.1", "test", "first key"]


def test_event_names_are_subject_and_action(product: Product) -> None:
    """Reports and alerts hang on them; each fits its column."""
    for name in EventName:
        subject, action = name.split(":")
        assert subject.isidentifier()
        assert action.isidentifier()
        assert len(name) <= 32
