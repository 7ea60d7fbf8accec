"""Security keys in the core: what many do at once happens once, and applications are URLs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from tests.primitives.software_key import REGISTRATION_TYP, SIGNATURE_TYP, SoftwareKey, client_data
from tests.product import Product
from tests.server.service import Together
from validate_service.core.errors import MalformedRequestError
from validate_service.core.fido.applications import facets_of
from validate_service.core.model import (
    FidoDevice,
    FidoKey,
    FidoProtocol,
    FidoRequest,
    Registration,
    U2fSignature,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Session
from validate_service.core.settings import TenantSettings
from validate_service.primitives.fido.flaws import FidoFlaw
from validate_service.storage.fido import FidoKeyTable

APP_ID = ORIGIN = "https://portal.example.org"
THREADS = 16


@dataclass
class Alice:
    """Alice with her security key.

    Attributes:
        product: Where she is enrolled.
        key: Her key.
    """

    product: Product
    key: SoftwareKey

    def asked_to_enrol(self) -> tuple[str, Registration]:
        """Return a challenge and the key's answer to it."""
        desk, call = self.product.core.fido_enrolment_desk, self.product.operator("alice")
        question = desk.ask(call, self.product.tenant, FidoProtocol.U2F, APP_ID).challenge
        answer = self.key.register(APP_ID, client_data(REGISTRATION_TYP, question.challenge, ORIGIN))
        return question.id, Registration(answer.client_data, answer.message)

    def enrol(self, challenge_id: str, registration: Registration) -> FidoKey | Decision:
        """Enrol the key."""
        desk, call = self.product.core.fido_enrolment_desk, self.product.operator("alice")
        return desk.enrol(call, self.product.tenant, FidoProtocol.U2F, challenge_id, registration)

    def asked_to_sign(self) -> tuple[str, U2fSignature]:
        """Return a challenge and the key's answer to it."""
        asked = self.product.core.fido.ask(self.product.call("alice"), FidoProtocol.U2F, APP_ID)
        assert isinstance(asked, FidoRequest)
        said = client_data(SIGNATURE_TYP, asked.challenge.challenge, ORIGIN)
        answer = self.key.sign(APP_ID, said, key_handle=asked.keys[0].handle)
        return asked.challenge.id, U2fSignature(answer.client_data, answer.message)

    def sign(self, challenge_id: str, answer: U2fSignature) -> Outcome:
        """Sign in."""
        return self.product.core.fido.verify(self.product.call("alice"), challenge_id, answer).outcome


@pytest.fixture
def alice(product: Product) -> Alice:
    """Alice, whose key is not enrolled yet."""
    product.add_user("alice")
    return Alice(product, SoftwareKey())


class Meanwhile(FidoKeyTable):
    """Keys that somebody else changes at the moment when they are read."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def of_user(self, session: Session, user_id: int, app_id: str) -> Sequence[FidoKey]:
        found = super().of_user(session, user_id, app_id)
        self._act()
        return found

    def devices(self, session: Session, user_id: int, app_id: str) -> Sequence[FidoDevice]:
        self._act()
        return super().devices(session, user_id, app_id)


def test_of_many_equal_answers_one_signs_in(alice: Alice) -> None:
    """A challenge is used up by the first."""
    assert isinstance(alice.enrol(*alice.asked_to_enrol()), FidoKey)
    challenge_id, answer = alice.asked_to_sign()
    together = Together(lambda _: alice.sign(challenge_id, answer), range(THREADS))
    told = together.results
    assert together.errors == []
    assert told.count(Outcome.ACCEPTED) == 1
    assert set(told) <= {Outcome.ACCEPTED, Outcome.REPLAYED, Outcome.UNKNOWN_CHALLENGE}


def test_who_is_slower_is_told_that_it_is_a_replay(alice: Alice) -> None:
    """The answer was good when it was read; when it is written it is not."""
    assert isinstance(alice.enrol(*alice.asked_to_enrol()), FidoKey)
    challenge_id, answer = alice.asked_to_sign()
    faster: list[Outcome] = []
    slow = replace(
        alice.product.core.fido, fido_keys=Meanwhile(lambda: faster.append(alice.sign(challenge_id, answer)))
    )
    slower = slow.verify(alice.product.call("alice"), challenge_id, answer).outcome
    assert (faster, slower) == ([Outcome.ACCEPTED], Outcome.REPLAYED)
    assert alice.sign(*alice.asked_to_sign()) is Outcome.ACCEPTED


class ReadLate(FidoKeyTable):
    """Keys that somebody else changes in the moment before they are read."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def of_user(self, session: Session, user_id: int, app_id: str) -> Sequence[FidoKey]:
        self._act()
        return super().of_user(session, user_id, app_id)


def test_a_double_click_is_not_taken_for_a_copy_of_the_key(alice: Alice) -> None:
    """The slower finds the counter raised by its own answer: the device stays enabled."""
    assert isinstance(alice.enrol(*alice.asked_to_enrol()), FidoKey)
    challenge_id, answer = alice.asked_to_sign()
    slow = replace(alice.product.core.fido, fido_keys=ReadLate(lambda: alice.sign(challenge_id, answer)))
    assert slow.verify(alice.product.call("alice"), challenge_id, answer).outcome is Outcome.REPLAYED
    assert alice.sign(*alice.asked_to_sign()) is Outcome.ACCEPTED


def test_of_two_equal_enrolments_one_is_kept(alice: Alice) -> None:
    """The slower finds its challenge used."""
    challenge_id, registration = alice.asked_to_enrol()
    faster: list[FidoKey | Decision] = []
    slow = replace(
        alice.product.core.fido_enrolment_desk,
        fido_keys=Meanwhile(lambda: faster.append(alice.enrol(challenge_id, registration))),
    )
    call, tenant = alice.product.operator("alice"), alice.product.tenant
    slower = slow.enrol(call, tenant, FidoProtocol.U2F, challenge_id, registration)
    assert isinstance(faster[0], FidoKey)
    assert slower == Decision(Outcome.REPLAYED)


def test_every_flaw_is_an_outcome() -> None:
    """The audit trail and the facades tell each."""
    assert {flaw.value for flaw in FidoFlaw} <= {outcome.value for outcome in Outcome}


@pytest.mark.parametrize(
    ("app_id", "facet"),
    [
        ("https://portal.example.org/app-id.json", "https://portal.example.org"),
        ("https://portal.example.org:8443", "https://portal.example.org:8443"),
        ("http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_pages_of_its_own_origin_may_ask_for_an_application(app_id: str, facet: str) -> None:
    """Unless the tenant lists others."""
    assert tuple(facets_of(TenantSettings(), app_id)) == (facet,)
    listed = TenantSettings(facets={app_id: ("android:apk-key-hash:x",)})
    assert tuple(facets_of(listed, app_id)) == ("android:apk-key-hash:x",)


@pytest.mark.parametrize("facet", ["", " ", 257 * "a", "a\0"])
def test_a_facet_is_text(product: Product, facet: str) -> None:
    """And its application a URL; what is refused changes nothing."""
    register, call, tenant = product.core.tenant_register, product.operator(), product.tenant
    with pytest.raises(MalformedRequestError):
        register.set_facets(call, tenant, APP_ID, [facet])
    with pytest.raises(MalformedRequestError):
        register.set_facets(call, tenant, "portal", [ORIGIN])
    assert product.core.tenant_register.get("default").settings.facets == {}
