"""What fails, fails closed: nothing is accepted, counted or spent while a part of the outside is missing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.interference import SilentDatabase, UnauditableDatabase
from tests.product import Product
from validate_service.core.errors import UnavailableError
from validate_service.core.keys import new_ring
from validate_service.core.model import DeviceKind
from validate_service.core.ports import Database
from validate_service.core.services import Core
from validate_service.storage.key_ring_file import KeyRingFile, format_ring


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has every factor."""
    product.add_user("alice")
    product.add_device("alice", "A")
    product.add_device("alice", "P", DeviceKind.AUTHENTICATOR)
    call, tenant = product.operator("alice"), product.tenant
    product.core.card_register.add(call, tenant, "04A2", "")
    product.core.pin_desk.set_pin(call, tenant, "2580")
    product.core.question_register.replace(call, tenant, [("Pet?", "x")])
    product.core.password_desk.set_password(call, tenant, "correct horse battery")
    return product


def right_attempts(product: Product, core: Core) -> dict[str, Callable[[], bool]]:
    """Return an attempt at every factor that is accepted while all is well."""
    call, tenant = product.operator("alice"), product.tenant
    code = product.core.auth_code_desk.issue(call, tenant, life_s=3600)
    token = product.core.auth_token_desk.issue(call, tenant, life_s=3600)
    otp = product.next_code("A")
    return {
        "otp": lambda: core.otp.verify(product.call("alice"), otp).accepted,
        "card": lambda: core.cards.verify(product.call("alice"), "04A2", "2580").accepted,
        "auth code": lambda: core.auth_codes.verify(product.call("alice"), code).accepted,
        "auth token": lambda: core.auth_tokens.verify(product.call("alice"), token).accepted,
        "answers": lambda: core.questions.verify(product.call("alice"), ["Pet?"], ["x"]).accepted,
        "password": lambda: core.passwords.verify(product.call("alice"), "correct horse battery").accepted,
    }


def on(database: Database, core: Core) -> Core:
    """Return *core* with its verifiers on another database."""
    factors = replace(core.cards.user_factors, database=database)
    return replace(
        core,
        otp=replace(core.otp, database=database),
        cards=replace(core.cards, user_factors=factors),
        auth_codes=replace(core.auth_codes, user_factors=factors),
        auth_tokens=replace(core.auth_tokens, user_factors=factors),
        questions=replace(core.questions, user_factors=factors),
        passwords=replace(core.passwords, user_factors=factors),
    )


@pytest.mark.parametrize("broken", [UnauditableDatabase, lambda _: SilentDatabase()], ids=["audit", "database"])
def test_nothing_is_accepted_that_cannot_be_committed_with_its_event(
    alice: Product, broken: Callable[[Database], Database]
) -> None:
    """And nothing is spent: the same secret is good when all is well again."""
    failing = on(broken(alice.installation.database), alice.core)
    attempts = list(right_attempts(alice, failing).values())
    for attempt in attempts:
        with pytest.raises(UnavailableError):
            attempt()


def test_a_failed_commit_spends_nothing(alice: Product) -> None:
    """One-time secrets are good when all is well again."""
    code = alice.core.auth_code_desk.issue(alice.operator("alice"), alice.tenant, life_s=60)
    otp, failing = alice.next_code("A"), on(UnauditableDatabase(alice.installation.database), alice.core)
    attempts: list[Callable[[], object]] = [
        lambda: failing.auth_codes.verify(alice.call("alice"), code),
        lambda: failing.otp.verify(alice.call("alice"), otp),
    ]
    for attempt in attempts:
        with pytest.raises(UnavailableError):
            attempt()
    assert alice.core.auth_codes.verify(alice.call("alice"), code).accepted
    assert alice.core.otp.verify(alice.call("alice"), otp).accepted


def lose(keys: KeyRingFile, product: Product) -> None:
    """Delete the ring."""
    keys.path.unlink()


def damage(keys: KeyRingFile, product: Product) -> None:
    """Change one digit of a key."""
    text = keys.path.read_text("ascii")
    at = text.index('"key": "') + 8
    keys.path.write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :], "ascii")


def exchange(keys: KeyRingFile, product: Product) -> None:
    """Put another installation's ring in its place."""
    keys.path.write_text(format_ring(new_ring(product.core.key_desk.randomness, 0)), "ascii")


@pytest.mark.parametrize("act", [lose, damage, exchange])
def test_without_its_own_key_ring_the_service_is_unavailable(
    alice: Product, act: Callable[[KeyRingFile, Product], None]
) -> None:
    """Every verification, encryption and enrolment; with the ring restored all go on, and nothing was counted."""
    keys, core, call = alice.installation.keys, alice.core, alice.operator("alice")
    kept = keys.path.read_bytes()
    attempts = right_attempts(alice, core)
    act(keys, alice)
    others: list[Callable[[], object]] = [
        lambda: core.values.encrypt(alice.call(), "n", "v"),
        lambda: core.values.decrypt(alice.call(), "n", "00"),
        lambda: core.auth_code_desk.issue(call, alice.tenant, life_s=60),
        lambda: alice.add_device("alice", "B"),
        lambda: core.key_desk.rotate(call),
    ]
    for attempt in (*attempts.values(), *others):
        with pytest.raises(UnavailableError):
            attempt()
    keys.path.write_bytes(kept)
    assert [name for name, attempt in attempts.items() if not attempt()] == []
    assert alice.audit(reason="wrong_code") == []
