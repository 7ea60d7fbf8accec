"""Authentication sets: which factors may verify a user, on every surface, from the next call on."""

from collections.abc import Callable

import pytest

from tests.primitives.software_key import REGISTRATION_TYP, SIGNATURE_TYP, SoftwareKey, client_data
from tests.product import Product
from tests.pushes import verify_push
from validate_service.core.errors import ConflictError, MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.model import DeviceKind, Factor, FidoKey, FidoProtocol, Registration, U2fSignature
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.profiles import ProfileChange
from validate_service.core.prompts import sign_in_prompt

APP_ID, KEY = "https://portal.example.org", SoftwareKey()
PASSWORD = "correct horse battery"
QUESTIONS = [("Pet?", "Rex"), ("Town?", "Ulm")]


def asked_with_push(product: Product) -> Outcome:
    return verify_push(product, product.call("alice"), sign_in_prompt("Portal", "")).outcome


def answered(product: Product) -> Outcome:
    texts, answers = zip(*QUESTIONS, strict=True)
    return product.core.questions.verify(product.call("alice"), texts, answers).outcome


def with_auth_code(product: Product) -> Outcome:
    code = product.core.auth_code_desk.issue(product.operator("alice"), product.tenant, life_s=60)
    return product.core.auth_codes.verify(product.call("alice"), code).outcome


def with_auth_token(product: Product) -> Outcome:
    token = product.core.auth_token_desk.issue(product.operator("alice"), product.tenant, life_s=60)
    return product.core.auth_tokens.verify(product.call("alice"), token).outcome


def with_security_key(product: Product) -> Outcome:
    asked = product.core.fido.ask(product.call("alice"), FidoProtocol.U2F, APP_ID)
    if isinstance(asked, Decision):
        return asked.outcome
    said = client_data(SIGNATURE_TYP, asked.challenge.challenge, APP_ID)
    answer = KEY.sign(APP_ID, said, key_handle=asked.keys[0].handle)
    signature = U2fSignature(answer.client_data, answer.message)
    return product.core.fido.verify(product.call("alice"), asked.challenge.id, signature).outcome


def enrol_security_key(product: Product) -> None:
    desk, call = product.core.fido_enrolment_desk, product.operator("alice")
    challenge = desk.ask(call, product.tenant, FidoProtocol.U2F, APP_ID).challenge
    answer = KEY.register(APP_ID, client_data(REGISTRATION_TYP, challenge.challenge, APP_ID))
    registration = Registration(answer.client_data, answer.message)
    assert isinstance(desk.enrol(call, product.tenant, FidoProtocol.U2F, challenge.id, registration), FidoKey)


RIGHT: dict[Factor, tuple[Callable[[Product], Outcome], Outcome]] = {
    Factor.OTP: (
        lambda product: product.core.otp.verify(product.call("alice"), product.next_code("H1")).outcome,
        Outcome.ACCEPTED,
    ),
    Factor.CARD: (
        lambda product: product.core.cards.verify(product.call("alice"), "04:AA", "2580").outcome,
        Outcome.ACCEPTED,
    ),
    Factor.PUSH: (asked_with_push, Outcome.TIMED_OUT),
    Factor.QUESTIONS: (answered, Outcome.ACCEPTED),
    Factor.AUTH_CODE: (with_auth_code, Outcome.ACCEPTED),
    Factor.AUTH_TOKEN: (with_auth_token, Outcome.ACCEPTED),
    Factor.PASSWORD: (
        lambda product: product.core.passwords.verify(product.call("alice"), PASSWORD).outcome,
        Outcome.ACCEPTED,
    ),
    Factor.FIDO: (with_security_key, Outcome.ACCEPTED),
}


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has one of everything."""
    product.add_user("alice")
    product.add_device("alice", "H1")
    product.add_device("alice", "PHONE", DeviceKind.AUTHENTICATOR)
    operator, core, tenant = product.operator("alice"), product.core, product.tenant
    core.card_register.add(operator, tenant, "04:AA", "badge")
    core.pin_desk.set_pin(operator, tenant, "2580")
    core.question_register.replace(operator, tenant, QUESTIONS)
    core.password_desk.set_password(operator, tenant, PASSWORD)
    enrol_security_key(product)
    return product


def limited_to(product: Product, *factors: Factor) -> None:
    """Give alice the set ``limited`` with *factors*."""
    register = product.core.auth_set_register
    if not register.listing(product.tenant):
        register.add(product.operator(), product.tenant, "limited", frozenset(factors))
        change = ProfileChange(auth_set="LIMITED")
        product.core.user_register.update(product.operator("alice"), product.tenant, change)
    register.set_factors(product.operator(), product.tenant, "limited", frozenset(factors))


@pytest.mark.parametrize("factor", Factor)
def test_a_factor_verifies_only_whom_the_set_allows_it_for(alice: Product, factor: Factor) -> None:
    """Without a set every factor does; the audit trail says why one does not; a change counts at once."""
    use, right = RIGHT[factor]
    assert use(alice) is right
    limited_to(alice, *(set(Factor) - {factor}))
    assert use(alice) is Outcome.NOT_ALLOWED
    assert alice.last_event()["reason"] == "factor_not_allowed"
    limited_to(alice, factor)
    assert use(alice) is right


def test_a_refusal_by_the_set_counts_no_failure_and_spends_nothing(alice: Product) -> None:
    """It is no guess, and the code stays good for the day the set is lifted."""
    limited_to(alice, Factor.CARD)
    code = alice.next_code("H1")
    for _ in range(12):
        assert alice.core.otp.verify(alice.call("alice"), code).outcome is Outcome.NOT_ALLOWED
    alice.core.user_register.lift_auth_set(alice.operator("alice"), alice.tenant)
    assert alice.core.otp.verify(alice.call("alice"), code).outcome is Outcome.ACCEPTED


def test_whose_set_lacks_questions_is_shown_decoys(alice: Product) -> None:
    """As is everybody who has none."""
    limited_to(alice, Factor.OTP)
    shown = alice.core.questions.listing(alice.call("alice"))
    assert not {text for text, _ in QUESTIONS} & set(shown)
    assert alice.last_event()["reason"] == "factor_not_allowed"


def test_sets_are_listed_with_their_users(alice: Product) -> None:
    """By name."""
    limited_to(alice, Factor.OTP)
    alice.core.auth_set_register.add(alice.operator(), alice.tenant, "Another", frozenset({Factor.CARD}))
    found = alice.core.auth_set_register.listing(alice.tenant)
    assert [(one.name, one.factors, one.users) for one in found] == [
        ("Another", frozenset({Factor.CARD}), 0),
        ("limited", frozenset({Factor.OTP}), 1),
    ]


def test_a_set_that_users_have_is_not_deleted(alice: Product) -> None:
    """Without it every factor would verify them."""
    register = alice.core.auth_set_register
    limited_to(alice, Factor.OTP)
    with pytest.raises(ConflictError, match="Users have"):
        register.delete(alice.operator(), alice.tenant, "limited")
    alice.core.user_register.lift_auth_set(alice.operator("alice"), alice.tenant)
    register.delete(alice.operator(), alice.tenant, "Limited")
    assert register.listing(alice.tenant) == []
    assert [event["event"] for event in alice.audit(device="limited")] == ["auth_set:add", "auth_set:set"]


def test_a_set_needs_a_name_of_its_own_and_a_factor(product: Product) -> None:
    """Names match without case; a set of nothing would lock everybody out."""
    register, call, tenant = product.core.auth_set_register, product.operator(), product.tenant
    register.add(call, tenant, "Card only", frozenset({Factor.CARD}))
    with pytest.raises(ConflictError):
        register.add(call, tenant, "CARD ONLY", frozenset({Factor.OTP}))
    with pytest.raises(PolicyError, match="at least one factor"):
        register.add(call, tenant, "nothing", frozenset())
    with pytest.raises(PolicyError, match="at least one factor"):
        register.set_factors(call, tenant, "Card only", frozenset())
    for name in ("", " ", "x" * 257, "\0"):
        with pytest.raises(MalformedRequestError):
            register.add(call, tenant, name, frozenset({Factor.OTP}))


def test_an_unknown_set_is_not_found(product: Product) -> None:
    """Another tenant's is unknown too."""
    other, register = product.of_tenant("other"), product.core.auth_set_register
    register.add(other.operator(), other.tenant, "theirs", frozenset({Factor.OTP}))
    with pytest.raises(NotFoundError, match="theirs"):
        register.set_factors(product.operator(), product.tenant, "theirs", frozenset({Factor.CARD}))
    with pytest.raises(NotFoundError, match="theirs"):
        register.delete(product.operator(), product.tenant, "theirs")
    product.add_user("alice")
    change = ProfileChange(auth_set="theirs")
    with pytest.raises(PolicyError, match="no authentication set"):
        product.core.user_register.update(product.operator("alice"), product.tenant, change)
