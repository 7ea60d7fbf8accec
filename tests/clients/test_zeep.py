"""A Python program uses the whole service through zeep, in both SOAP versions."""

import json
import string
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from zeep.exceptions import Fault

from tests.clients.desk import PLEASE_DENY, PLEASE_IGNORE, Desk
from tests.clients.expected import BAD_KEY, BAD_TIMEOUT, CLEAR_TEXT, LONG_NAME, UNDECRYPTABLE
from tests.clients.person import ANSWERS, PIN, QUESTIONS, Person, wrong
from tests.clients.service import Service, zeep_proxy

PORTS = {"soap11": "ValidateServiceSoap", "soap12": "ValidateServiceSoap12"}
FAULT_CODES = {"soap11": "soap:Client", "soap12": "soap:Sender"}
USER_NUMBERS = count(1)

WHO = {"username": "alice", "domain": "CORP"}
CALLS: dict[str, dict[str, Any]] = {
    "ValidateOTP": WHO | {"OTP": "123456"},
    "ValidatePush": WHO | {"loginTo": "Portal", "ipAddress": "192.0.2.7"},
    "ValidatePushCustom": WHO | {"customMessage": "Pay?", "customTimeout": "60"},
    "ValidateCard": WHO | {"cardInformation": "card", "pin": PIN},
    "ValidateAuthCode": WHO | {"authCode": "123456"},
    "ValidateAuthToken": WHO | {"authToken": "token"},
    "EncryptValue": {"name": "db", "cleartextValue": CLEAR_TEXT},
    "EncryptValueAES": {"name": "db", "cleartextValue": CLEAR_TEXT},
    "DecryptValue": {"name": "db", "encryptedValue": "00"},
    "DecryptValueAES": {"name": "db", "encryptedValue": "00"},
    "GetQuestions": WHO,
    "ValidateQuestions": WHO | {"questions": {"string": [*QUESTIONS]}, "answers": {"string": [*ANSWERS]}},
}


@dataclass(frozen=True)
class ZeepClient:
    """zeep over one of the two bindings of the served WSDL."""

    proxy: Any
    api_key: str
    fault_code: str

    def call(self, operation: str, **parameters: Any) -> Any:
        """Call an operation, with the right API key unless the parameters bring another."""
        return getattr(self.proxy, operation)(**{"apiKey": self.api_key, **parameters})

    def fault_of(self, operation: str, **parameters: Any) -> str:
        """Call an operation, which must answer with a fault that blames the caller; return the fault's text."""
        with pytest.raises(Fault) as caught:
            self.call(operation, **parameters)
        assert caught.value.code == self.fault_code
        return str(caught.value.message)


@pytest.fixture(params=PORTS)
def client(service: Service, request: pytest.FixtureRequest) -> Iterator[ZeepClient]:
    """A client over each of the bindings."""
    with zeep_proxy(service, PORTS[request.param]) as proxy:
        yield ZeepClient(proxy, service.product.api_key, FAULT_CODES[request.param])


@pytest.fixture
def person(service: Service) -> Person:
    """A new user without any factor."""
    person = Person(service.product, f"zeep-{next(USER_NUMBERS)}")
    person.enrol()
    return person


@pytest.mark.parametrize("port", PORTS.values())
def test_served_wsdl_has_all_operations_over_both_bindings(service: Service, port: str) -> None:
    """Both bindings offer the twelve operations and no others."""
    with zeep_proxy(service, port) as proxy:
        assert {name for name in dir(proxy) if name[0] in string.ascii_uppercase} == set(CALLS)


@pytest.mark.parametrize("operation", CALLS)
def test_bad_api_key_is_a_fault_and_never_a_plain_false(client: ZeepClient, operation: str) -> None:
    """Every operation refuses an unknown caller with a fault that blames the caller."""
    assert client.fault_of(operation, **CALLS[operation], apiKey="not a key") == BAD_KEY


def test_one_time_password_is_accepted_once(client: ZeepClient, person: Person) -> None:
    """A password is right once; the next one is right again."""
    person.give_token()
    first, second = person.next_code(), person.next_code()
    answers = [client.call("ValidateOTP", **person.who, OTP=code) for code in (first, first, second)]
    assert answers == [True, False, True]


def test_wrong_one_time_password_is_false(client: ZeepClient, person: Person) -> None:
    """A password that is not the user's answers false, and the right one still counts."""
    person.give_token()
    code = person.next_code()
    assert client.call("ValidateOTP", **person.who, OTP=person.wrong_code()) is False
    assert client.call("ValidateOTP", **person.who, OTP=code) is True


def test_card_with_its_pin_is_true(client: ZeepClient, person: Person) -> None:
    """The user's card and PIN are right, however the reader spells the card's number."""
    person.give_card()
    for spelling in (person.card, person.card.lower(), person.card.replace(":", "")):
        assert client.call("ValidateCard", **person.who, cardInformation=spelling, pin=PIN) is True


def test_wrong_card_or_wrong_pin_is_false(client: ZeepClient, person: Person) -> None:
    """Both must be right."""
    person.give_card()
    assert client.call("ValidateCard", **person.who, cardInformation="another", pin=PIN) is False
    assert client.call("ValidateCard", **person.who, cardInformation=person.card, pin="9731") is False


def test_auth_code_is_accepted_once(client: ZeepClient, person: Person) -> None:
    """A wrong code is false and does not spend the right one, which is true once."""
    code = person.new_auth_code()
    answers = [client.call("ValidateAuthCode", **person.who, authCode=sent) for sent in (wrong(code), code, code)]
    assert answers == [False, True, False]


def test_auth_token_is_accepted_until_it_expires(client: ZeepClient, person: Person) -> None:
    """A session token is right again and again; another text is not."""
    token = person.new_auth_token()
    answers = [client.call("ValidateAuthToken", **person.who, authToken=sent) for sent in (token, token, token + "x")]
    assert answers == [True, True, False]


@pytest.mark.parametrize(("kind", "layout"), [("", "4D464531"), ("AES", "4D464131")])
def test_value_survives_encryption_and_decryption(client: ZeepClient, kind: str, layout: str) -> None:
    """What was encrypted comes back whole; the value on the way is hex in the documented layout."""
    value = client.call(f"EncryptValue{kind}", name="db/é", cleartextValue=CLEAR_TEXT)
    assert value.startswith(layout)
    assert bytes.fromhex(value).hex().upper() == value
    assert client.call(f"DecryptValue{kind}", name="db/é", encryptedValue=value) == CLEAR_TEXT


@pytest.mark.parametrize("kind", ["", "AES"])
def test_value_that_does_not_decrypt_is_a_fault_with_one_text(client: ZeepClient, kind: str) -> None:
    """Another name, a changed digit, the other layout and nonsense get the same fault."""
    value = client.call(f"EncryptValue{kind}", name="db", cleartextValue=CLEAR_TEXT)
    changed = value[:-1] + ("0" if value[-1] != "0" else "1")
    other = client.call("EncryptValueAES" if kind == "" else "EncryptValue", name="db", cleartextValue=CLEAR_TEXT)
    for name, sent in [("other", value), ("db", changed), ("db", other), ("db", "nonsense"), ("db", "")]:
        assert client.fault_of(f"DecryptValue{kind}", name=name, encryptedValue=sent) == UNDECRYPTABLE


@pytest.mark.parametrize("kind", ["", "AES"])
def test_name_that_is_too_long_is_a_fault(client: ZeepClient, kind: str) -> None:
    """The fault's text says which field breaks which rule."""
    assert client.fault_of(f"EncryptValue{kind}", name="n" * 257, cleartextValue="x") == LONG_NAME


def test_enrolled_questions_come_back_and_their_answers_are_right(client: ZeepClient, person: Person) -> None:
    """GetQuestions fills the questions that ValidateQuestions takes back with the answers."""
    person.give_questions()
    listed = client.call("GetQuestions", **person.who, questions={"string": ["what I send is ignored"]})
    assert listed.GetQuestionsResult == "success"
    assert listed.questions.string == list(QUESTIONS)
    answers = {"string": [answer.upper() for answer in ANSWERS]}
    assert client.call("ValidateQuestions", **person.who, questions=listed.questions, answers=answers) is True


def test_wrong_answer_to_a_question_is_false(client: ZeepClient, person: Person) -> None:
    """All questions must be answered, all answers be right, and each must stand with its own question."""
    person.give_questions()
    wrongs = [(QUESTIONS, [ANSWERS[0], "Tom"]), (QUESTIONS, ANSWERS[::-1]), (QUESTIONS[:1], ANSWERS[:1])]
    for questions, answers in wrongs:
        sent = {"questions": {"string": [*questions]}, "answers": {"string": [*answers]}}
        assert client.call("ValidateQuestions", **person.who, **sent) is False


def test_answers_without_their_questions_are_a_fault(client: ZeepClient) -> None:
    """A list of another length than the questions' cannot be understood."""
    sent = {"questions": {"string": [*QUESTIONS]}, "answers": {"string": [ANSWERS[0]]}}
    text = "questions and answers must have the same number of items."
    assert client.fault_of("ValidateQuestions", **WHO, **sent) == text


def test_stranger_is_shown_the_same_decoy_questions_every_time(client: ZeepClient) -> None:
    """Nobody learns from GetQuestions who is enrolled."""
    first, second = (client.call("GetQuestions", username="stranger", domain="CORP") for _ in range(2))
    assert first.GetQuestionsResult == "success"
    assert len(first.questions.string) == 3
    assert first.questions.string == second.questions.string


def test_push_is_true_when_the_user_approves(client: ZeepClient, person: Person, desk: Desk) -> None:
    """The call waits until the user approves, who sees where the sign-in comes from and goes to."""
    person.give_authenticator()
    assert client.call("ValidatePush", **person.who, loginTo="Pört & <al>", ipAddress="192.0.2.7") is True
    shown = desk.answered[-1]
    assert (shown.user.username, shown.login_to, shown.address) == (person.name, "Pört & <al>", "192.0.2.7")


def test_push_is_false_when_the_user_denies(client: ZeepClient, person: Person, desk: Desk) -> None:
    """A denial ends the wait with false."""
    person.give_authenticator()
    assert client.call("ValidatePush", **person.who, loginTo=PLEASE_DENY, ipAddress="192.0.2.7") is False
    assert desk.answered[-1].login_to == PLEASE_DENY


def test_custom_push_shows_the_callers_message(client: ZeepClient, person: Person, desk: Desk) -> None:
    """The user sees the caller's own text, and the answer is the user's."""
    person.give_authenticator()
    for message, approved in (("Pay 5 €?", True), (PLEASE_DENY, False)):
        asked = {"customMessage": message, "customTimeout": "60"}
        assert client.call("ValidatePushCustom", **person.who, **asked) is approved
        assert desk.answered[-1].message == message


def test_custom_push_that_nobody_answers_is_false_in_time(client: ZeepClient, person: Person, desk: Desk) -> None:
    """After customTimeout seconds the answer is false."""
    person.give_authenticator()
    begin = time.monotonic()
    asked = {"customMessage": PLEASE_IGNORE, "customTimeout": "5"}
    assert client.call("ValidatePushCustom", **person.who, **asked) is False
    assert 5 <= time.monotonic() - begin < 10


@pytest.mark.parametrize("timeout", ["4", "301", "soon", "", "7.5", "-10", "٣٠"])
def test_bad_custom_timeout_is_a_fault(client: ZeepClient, timeout: str) -> None:
    """Only whole seconds from 5 to 300, in ASCII digits, are a time-out."""
    asked = {"customMessage": "Pay?", "customTimeout": timeout}
    assert client.fault_of("ValidatePushCustom", **WHO, **asked) == BAD_TIMEOUT


def test_push_to_a_user_without_authenticator_is_false_at_once(client: ZeepClient, person: Person) -> None:
    """There is nobody to ask, so nobody waits."""
    begin = time.monotonic()
    assert client.call("ValidatePush", **person.who, loginTo="Portal", ipAddress="192.0.2.7") is False
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(("command", "approved"), [(("approve", "--number", "47"), True), (("deny",), False)])
def test_operator_answers_a_push_with_the_commands(
    service: Service, person: Person, command: tuple[str, ...], approved: bool
) -> None:
    """``push list``, then ``push approve`` or ``push deny`` in another process, ends the call that waits."""
    person.give_authenticator()
    asked = {"customMessage": f"{PLEASE_IGNORE} at the desk [[match:47]]", "customTimeout": "60"}
    with zeep_proxy(service) as proxy, ThreadPoolExecutor(1) as waiting:
        answer = waiting.submit(proxy.ValidatePushCustom, **person.who, **asked, apiKey=service.product.api_key)
        pending = wait_for_push(service, person)
        assert (pending["message"], pending["needs_number"]) == (f"{PLEASE_IGNORE} at the desk", True)
        verb, *options = command
        service.command("push", verb, pending["id"], *options)
        assert answer.result() is approved


def wait_for_push(service: Service, person: Person) -> dict[str, Any]:
    """Return what ``push list`` shows of the push that waits for *person*."""
    for _ in range(10):
        for pending in json.loads(service.command("push", "list", "--json")):
            if pending["user"] == person.full_name:
                return dict(pending)
    raise AssertionError("no push was asked")
