"""Many callers at the same moment, several processes: what counts once counts once."""

import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.bench.connector import SignedIn
from tests.conftest import Tell
from tests.product import Product
from tests.server.rounds import ROUNDS
from tests.server.service import ACCOUNT, Caller, Reply, Service, Together, findings, served
from validate_service.core.model import DeviceKind
from validate_service.primitives.hotp import code_at
from validate_service.primitives.totp import step_at

CALLERS = 50
GUESSES = 200


@pytest.fixture(scope="module")
def callers(service: Service) -> list[Caller]:
    """Connections that stay open from round to round."""
    return [service.caller() for _ in range(CALLERS)]


@pytest.fixture(scope="module")
def account_key(service: Service) -> str:
    """The login key of an account."""
    product = service.product
    return product.core.api_key_register.issue_account(product.operator(), product.tenant.id, ACCOUNT)


def race(callers: list[Caller], call: Callable[[Caller], Reply]) -> Counter[str]:
    """Return how many answers there were of each kind."""
    together = Together(call, callers)
    assert together.errors == []
    return Counter("true" if reply.is_true else "false" if reply.is_false else reply.text for reply in together.results)


def assert_once_each_round(tell: Tell, kind: str, counted: list[Counter[str]]) -> None:
    total = sum(counted, Counter[str]())
    tell(f"{kind}: {len(counted)} rounds of {CALLERS} equal calls: {dict(total)}")
    assert counted == [Counter({"true": 1, "false": CALLERS - 1})] * ROUNDS


def test_of_many_equal_hotp_codes_at_once_one_is_accepted(tell: Tell, service: Service, callers: list[Caller]) -> None:
    """RFC 4226: a counter is spent once, whichever process is asked."""
    user = service.owner("hotp-racer", "HOTP-RACE")
    counted = []
    for _ in range(ROUNDS):
        code = service.product.next_code("HOTP-RACE")
        counted.append(race(callers, lambda caller, code=code: caller.otp(user, code)))  # type: ignore[misc]
    assert_once_each_round(tell, "HOTP", counted)
    reasons = Counter(event["reason"] for event in service.product.audit(event="otp:verify", user_name=user))
    assert reasons == {"accepted": ROUNDS, "replayed": ROUNDS * (CALLERS - 1)}


def test_of_many_equal_totp_codes_at_once_one_is_accepted(tell: Tell, service: Service, callers: list[Caller]) -> None:
    """RFC 6238 section 5.2: a second use must not be accepted."""
    counted = []
    for number in range(ROUNDS):
        user, serial = f"totp-racer-{number}", f"TOTP-RACE-{number}"
        service.product.add_user(user)
        seed = service.product.add_device(user, serial, DeviceKind.TOTP)
        code = code_at(seed, step_at(int(time.time()), 30))
        counted.append(race(callers, lambda caller, user=user, code=code: caller.otp(user, code)))  # type: ignore[misc]
    assert_once_each_round(tell, "TOTP", counted)


def test_of_many_equal_auth_codes_at_once_one_is_accepted(tell: Tell, service: Service, callers: list[Caller]) -> None:
    """A code that was sent is good once."""
    product, counted = service.product, []
    for number in range(ROUNDS):
        # Each has a pace of their own, at which codes are issued.
        user = product.add_user(f"code-racer-{number}")
        code = product.core.auth_code_desk.issue(product.operator(user), product.tenant, life_s=600)

        def call(caller: Caller, user: str = user, code: str = code) -> Reply:
            return caller.call("ValidateAuthCode", username=user, authCode=code)

        counted.append(race(callers, call))
    assert_once_each_round(tell, "auth code", counted)


def test_a_code_that_comes_to_both_surfaces_at_once_is_accepted_once(
    tell: Tell, service: Service, callers: list[Caller], account_key: str
) -> None:
    """Half of the callers ask over SOAP, half ask the connector."""
    user, counted = service.owner("both-racer", "BOTH-RACE"), []
    for _ in range(ROUNDS):
        code = service.product.next_code("BOTH-RACE")

        def says(number: int, code: str = code) -> str:
            if number % 2:
                return "true" if callers[number].otp(user, code).is_true else "false"
            answer = callers[number].connector("validate_oath_otp", account_key, username=user, otp=code)
            return {0: "true", 9002: "false"}.get(answer, str(answer))

        together = Together(says, range(CALLERS))
        assert together.errors == []
        counted.append(Counter(together.results))
    assert_once_each_round(tell, "HOTP over SOAP and the connector", counted)


def test_of_many_equal_answers_of_a_security_key_at_once_one_signs_in(
    tell: Tell, service: Service, callers: list[Caller], account_key: str
) -> None:
    """A challenge is used up by the first, and a counter is raised once, whichever process is asked."""
    service.product.add_user("key-racer")
    key, counted = SignedIn(service.product, "key-racer"), []
    for _ in range(ROUNDS):
        answer = key.answer()

        def says(caller: Caller, answer: dict[str, str] = answer) -> str:
            code = caller.connector("sign", account_key, username="key-racer", **answer)
            return {0: "true", 9081: "false"}.get(code, str(code))

        together = Together(says, callers)
        assert together.errors == []
        counted.append(Counter(together.results))
    assert_once_each_round(tell, "security key", counted)


def test_the_trail_of_all_races_is_unbroken(service: Service) -> None:
    """However many wrote at once, every event stands in a lane without a gap."""
    assert len(service.product.audit(event="otp:verify")) > 0
    assert findings(service.product) == []


def test_a_right_code_behind_many_wrong_guesses_at_once_gains_nothing(tell: Tell, own_product: Product) -> None:
    """200 guesses at once lock the user; no more are judged than the threshold; the right one comes too late."""
    user = own_product.add_user("guessed")
    own_product.add_device(user, "GUESSED")
    right = own_product.next_code("GUESSED")
    window = {code_at(own_product.seeds["GUESSED"], counter) for counter in range(40)}
    wrong = [code for number in range(GUESSES + 40) if (code := f"{number:06}") not in window][:GUESSES]
    with served(own_product, workers=3) as service:
        together = Together(lambda code: service.caller().otp(user, code), wrong)
        late = service.caller().otp(user, right)
    assert together.errors == []
    answers = Counter(
        "false" if reply.is_false else "busy" if reply.is_unavailable else "?" for reply in together.results
    )
    assert set(answers) <= {"false", "busy"}
    assert late.is_false
    reasons = Counter(event["reason"] for event in own_product.audit(event="otp:verify"))
    tell(f"{GUESSES} wrong guesses at once, then a right one: {dict(answers)}, {dict(reasons)}")
    failures = own_product.core.user_register.get(own_product.operator(user), own_product.tenant).failures.otp
    threshold = own_product.tenant.settings.lockout.threshold
    assert failures == reasons["wrong_code"] >= threshold
    assert reasons["wrong_code"] + reasons["locked"] == answers["false"] + 1
    assert findings(own_product) == []
