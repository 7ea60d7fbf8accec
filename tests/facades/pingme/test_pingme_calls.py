"""What the scripts ask over HTTP: enrolment, sign-in, answers, reports, subscriptions, tests."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask

from tests.facades.pingme.phone_page import OURS, PhonePage, signed_members, written
from tests.primitives.software_phone import SoftwarePhone, spki_of
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.model import ApprovalState, KeyKind, KeySignature
from validate_service.core.profiles import ProfileChange
from validate_service.facades.pages.forgery import OwnPages
from validate_service.facades.pingme.application import CATALOGUE
from validate_service.facades.pingme.calls import calls
from validate_service.facades.pingme.visitors import Visitors


def state_of(page: PhonePage, approval_id: str) -> ApprovalState | None:
    """Return where an approval stands."""
    with page.product.installation.database.read() as session:
        return page.product.core.approval_desk.approvals.find_state(session, approval_id)


def switch_on(page: PhonePage, policy: str) -> None:
    """Let the tenant ask for something."""
    page.product.core.tenant_register.switch(page.product.operator(), page.product.tenant, policy, on=True)


def test_opening_a_link_tells_for_whom_and_changes_nothing(stranger: PhonePage, product: Product) -> None:
    """As often as somebody opens it, or a mail scanner does."""
    product.core.tenant_register.set_organisation(product.operator(), product.tenant, "St. Mary")
    token = stranger.link()
    first, second = [stranger.post("/enrolment/open", {"token": token}).get_json() for _ in range(2)]
    assert first == second
    assert (first["user"], first["organisation"], first["kind"]) == ("alice", "St. Mary", "webcrypto")


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_phone_is_enrolled_and_let_in_with_either_kind_of_key(product: Product, kind: KeyKind) -> None:
    """And the link is used up by it."""
    page = PhonePage.of(product, phone=SoftwarePhone(kind))
    if kind is KeyKind.PASSKEY:
        switch_on(page, "phones_need_passkey")
    token = page.link()
    answer = page.enrol(token, "Zoë's phone")
    assert answer.status_code == 200
    assert answer.get_json().keys() == {"form_token", "language", "pin_must_change", "device"}
    assert [phone.name for phone in product.core.self_service.phones(page.phone.holder(product.core))] == [
        "Zoë's phone"
    ]
    assert page.post("/enrolment/open", {"token": token}).status_code == 404
    page.client.delete_cookie("__Host-mfa_me", domain="mfa.example.org")
    assert page.sign_in().status_code == 200
    assert page.answer(page_question(page)).status_code == 200


def page_question(page: PhonePage) -> Any:
    """Return the question that the page shows after the portal asked."""
    page.ask()
    (question,) = page.questions()
    return question


def test_a_link_that_is_not_good_is_told_so_in_the_browser_s_language(stranger: PhonePage) -> None:
    """Unknown, used or too old look the same."""
    headers = OURS | {"Accept-Language": "de-AT"}
    answer = stranger.post("/enrolment/open", {"token": "A" * 43}, headers)
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")
    assert answer.get_json()["text"] == "Dieser Link gilt nicht mehr."
    assert stranger.post("/enrolment/open", {"token": "A" * 43}).get_json()["text"].startswith("This link")


def test_a_key_that_does_not_prove_itself_is_refused_and_the_link_stays_good(stranger: PhonePage) -> None:
    """Signed by another key."""
    token = stranger.link()
    key = {"public_key": written(spki_of(stranger.phone.private_key)), "signature": written(bytes(64))}
    answer = stranger.post("/enrolment/finish", {"token": token, "name": "mine", "key": key})
    assert (answer.status_code, answer.get_json()["error"]) == (403, "bad_signature")
    assert stranger.enrol(token).status_code == 200


@pytest.mark.parametrize("name", ["", "a" * 65, "a\nb"])
def test_a_phone_needs_a_name_that_can_be_shown(stranger: PhonePage, name: str) -> None:
    """And the user is told the rule."""
    answer = stranger.enrol(stranger.link(), name)
    assert answer.status_code == 400
    assert answer.get_json()["text"] == "Give the phone a name of at most 64 characters."


def test_the_cookie_is_kept_from_scripts_other_hosts_and_open_lines(stranger: PhonePage) -> None:
    """RFC 6265bis; and a new one is given at each sign-in."""
    first = stranger.enrol(stranger.link())
    second = stranger.sign_in()
    tokens = set()
    for answer in (first, second):
        (morsel,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
        assert morsel.key == "__Host-mfa_me"
        assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "Lax", "")
        assert (morsel["secure"], morsel["httponly"]) == (True, True)
        tokens.add(morsel.value)
    assert len(tokens) == 2


def test_a_phone_that_does_not_exist_is_challenged_and_refused_like_another(page: PhonePage) -> None:
    """Nobody learns which phones there are."""
    known = page.post("/session/challenge", {"device": page.phone.uid}).get_json()
    unknown = page.post("/session/challenge", {"device": "0" * 32}).get_json()
    assert known.keys() == unknown.keys()
    signed = signed_members(KeySignature(bytes(64)))
    answer = page.post("/session", {"device": "0" * 32, "signed": signed})
    assert (answer.status_code, answer.get_json()["error"]) == (403, "unknown_challenge")


def test_the_language_of_a_session_is_its_user_s(stranger: PhonePage, product: Product) -> None:
    """Whatever the browser likes."""
    product.core.user_register.update(product.operator("alice"), product.tenant, ProfileChange(language="de"))
    answer = stranger.enrol(stranger.link())
    assert answer.get_json()["language"] == "de"
    question = page_question(stranger)
    stranger.answer(question)
    headers = OURS | {"X-Form-Token": stranger.form_token, "Accept-Language": "en"}
    again = stranger.post(f"/reports/{question.id}", {"suspicious": True}, headers)
    assert (again.status_code, again.get_json()["text"]) == (409, "Das ist nicht mehr möglich.")


@pytest.mark.parametrize(("approve", "state"), [(True, ApprovalState.APPROVED), (False, ApprovalState.DENIED)])
def test_an_answer_counts_once(page: PhonePage, approve: bool, state: ApprovalState) -> None:
    """Approved or denied; whoever is second is told so."""
    question = page_question(page)
    assert page.answer(question, approve=approve).get_json() == {"done": True}
    assert state_of(page, question.id) is state
    again = page.answer(question, approve=not approve)
    assert (again.status_code, again.get_json()["error"]) == (409, "replayed")
    assert state_of(page, question.id) is state


@pytest.mark.parametrize("shown", [{"login_to": "Bank"}, {"address": ""}, {"number": "1"}, {"approve": False}])
def test_what_was_not_signed_as_it_is_kept_is_refused(page: PhonePage, shown: dict[str, Any]) -> None:
    """Nothing is changed by it."""
    question = page_question(page)
    answer = page.answer(question, shown=shown)
    assert (answer.status_code, answer.get_json()["error"]) == (403, "bad_signature")
    assert state_of(page, question.id) is ApprovalState.PENDING


def test_a_wrong_number_may_be_tried_once_more(page: PhonePage) -> None:
    """The second one denies."""
    page.ask(number="47")
    (question,) = page.questions()
    first, second = page.answer(question, number="12"), page.answer(question, number="13")
    assert (first.status_code, first.get_json()["error"]) == (422, "wrong_number")
    assert (second.status_code, second.get_json()["error"]) == (409, "denied")
    assert state_of(page, question.id) is ApprovalState.DENIED


def test_a_pin_is_asked_for_where_the_tenant_wants_it(page: PhonePage, product: Product) -> None:
    """Who has none is told to set one."""
    switch_on(page, "pushes_need_pin")
    question = page_question(page)
    missing = page.answer(question, pin="2580")
    assert (missing.status_code, missing.get_json()["error"]) == (403, "against_policy")
    assert "Set one under Your account" in missing.get_json()["text"]
    product.core.pin_desk.set_pin(product.operator("alice"), product.tenant, "2580")
    wrong = page.answer(question, pin="2581")
    assert (wrong.status_code, wrong.get_json()["text"]) == (422, "The PIN is wrong.")
    assert page.answer(question, pin="2580").status_code == 200


def test_a_late_answer_is_told_that_it_is_late(page: PhonePage, clock: FakeClock) -> None:
    """And signs nobody in."""
    question = page_question(page)
    clock.advance(51)
    answer = page.answer(question)
    assert (answer.status_code, answer.get_json()["error"]) == (410, "expired")
    unknown = page.post("/answers/" + "0" * 32, {"approve": True, "signed": {"signature": ""}})
    assert (unknown.status_code, unknown.get_json()["text"]) == (404, answer.get_json()["text"])


@pytest.mark.parametrize("suspicious", [True, False])
def test_a_denied_push_is_reported_or_called_a_mistake(page: PhonePage, suspicious: bool) -> None:
    """By the phone that denied it."""
    question = page_question(page)
    assert page.post(f"/reports/{question.id}", {"suspicious": suspicious}).status_code == 409
    page.answer(question, approve=False)
    assert page.post(f"/reports/{question.id}", {"suspicious": suspicious}).get_json() == {"done": True}
    reason = "suspicious" if suspicious else "mistake"
    assert (page.product.last_event()["event"], page.product.last_event()["reason"]) == ("push:report", reason)


def test_a_test_is_a_push_that_opens_nothing(page: PhonePage) -> None:
    """The page that asked for it shows it."""
    sent = page.post("/test", {}).get_json()
    (question,) = page.questions()
    assert (question.id, question.test) == (sent["id"], True)
    assert page.answer(question).status_code == 200


def subscription(endpoint: str) -> dict[str, Any]:
    """Return a subscription as a browser tells it."""
    key = SoftwarePhone().private_key.public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": written(point), "auth": written(b"a" * 16)}
    return {"endpoint": endpoint, "expirationTime": None, "keys": keys}


def test_a_phone_says_where_messages_reach_it(page: PhonePage, product: Product) -> None:
    """No two phones are reached at one place."""
    there = subscription("https://push.example/for/alice")
    assert page.post("/subscription", there).get_json() == {"done": True}
    (phone,) = product.core.self_service.phones(page.phone.holder(product.core))
    assert phone.subscription is not None
    assert phone.subscription.endpoint == there["endpoint"]
    other = PhonePage.of(product)
    other.enrol(other.link())
    answer = other.post("/subscription", there)
    assert (answer.status_code, answer.get_json()["text"]) == (409, "These notifications belong to another phone.")


def test_a_push_service_that_nobody_knows_is_refused(page: PhonePage) -> None:
    """The server sends nothing to an address that a page made up."""
    answer = page.post("/subscription", subscription("https://192.0.2.1/hook"))
    assert (answer.status_code, answer.get_json()["error"]) == (403, "against_policy")
    assert "not allowed here" in answer.get_json()["text"]


PATHS = [
    *("/enrolment/open", "/enrolment/finish", "/session/challenge", "/session", "/subscription", "/test"),
    *("/answers/" + "0" * 32, "/reports/" + "0" * 32),
]
IN_SESSION = PATHS[4:]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_a_foreign_page_can_ask_nothing(page: PhonePage, site: str | None) -> None:
    """With all cookies and the form's token, and in whatever disguise."""
    said = {"Sec-Fetch-Site": site} if site else {"Origin": "https://evil.example"}
    answers = [page.post(path, {}, {"X-Form-Token": page.form_token} | said) for path in PATHS]
    assert {(answer.status_code, answer.get_json()["error"]) for answer in answers} == {(403, "forged")}


def test_in_a_session_its_own_form_token_is_asked_for(page: PhonePage, product: Product) -> None:
    """Neither none, nor another session's."""
    members = {"approve": True, "suspicious": True, "signed": {"signature": ""}, "endpoint": "", "keys": {}}
    other = PhonePage.of(product)
    other.enrol(other.link())
    for headers in (OURS, OURS | {"X-Form-Token": other.form_token}):
        answers = [page.post(path, members, headers) for path in IN_SESSION]
        assert {(answer.status_code, answer.get_json()["error"]) for answer in answers} == {(403, "forged")}
    page.client.delete_cookie("__Host-mfa_me", domain="mfa.example.org")
    answers = [page.post(path, members) for path in IN_SESSION]
    assert {(answer.status_code, answer.get_json()["error"]) for answer in answers} == {(401, "caller_not_authorized")}


def test_nothing_is_changed_by_get(page: PhonePage) -> None:
    """A link in a mail, or an image's address, can ask nothing."""
    assert {page.get(path).status_code for path in PATHS} == {405}


def test_every_call_is_among_these(page: PhonePage) -> None:
    """Reason: a call that is added must be guarded like the others."""
    paths = [path.replace("0" * 32, "<approval_id>") for path in PATHS]
    blueprint = calls(Visitors(page.product.core, CATALOGUE, OwnPages()))
    application = Flask(__name__)
    application.register_blueprint(blueprint)
    posted = [rule.rule for rule in application.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert sorted(posted) == sorted(paths)


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("/enrolment/open", []),
        ("/enrolment/open", {"token": 7}),
        ("/enrolment/open", {"token": "a" * 257}),
        ("/enrolment/finish", {"token": "a", "name": "b"}),
        ("/enrolment/finish", {"token": "a", "name": "b", "key": {"public_key": "%%"}}),
        ("/enrolment/finish", {"token": "a", "name": "\ud800", "key": {}}),
        ("/session", {"device": "a"}),
        ("/session", {"device": "a", "signed": "b"}),
        ("/answers/1", {"signed": {"signature": ""}}),
        ("/answers/1", {"approve": "true", "signed": {"signature": ""}}),
        ("/answers/1", {"approve": 1, "signed": {"signature": ""}}),
        ("/reports/1", {}),
        ("/subscription", {"endpoint": "https://push.example"}),
        ("/subscription", {"endpoint": "https://push.example/" + "a" * 2048, "keys": {"p256dh": "", "auth": ""}}),
    ],
)
def test_what_no_page_of_ours_sends_is_refused(page: PhonePage, path: str, members: Any) -> None:
    """In words, and with the status that says whose fault it is."""
    answer = page.post(path, members)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "malformed_request"


def test_a_body_has_a_limit(page: PhonePage) -> None:
    """The same as everywhere."""
    answer = page.post("/test", {"a": "b" * 65_536})
    assert (answer.status_code, answer.get_json()["error"]) == (413, "body")


def test_paths_match_without_case(page: PhonePage) -> None:
    """As everywhere in this service."""
    assert page.client.post("/PingMe/Session/Challenge", json={"device": ""}, headers=OURS).status_code == 200
