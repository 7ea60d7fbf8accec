"""The tables of answers: nothing that the core can say is missing, and all of it is told in every language."""

from dataclasses import fields, replace
from http import HTTPStatus
from pathlib import Path
from string import Template

import pytest
from werkzeug.test import Client

import validate_service.facades.pingme
from tests.facades.pingme.phone_page import OURS, PhonePage
from tests.interference import SilentDatabase
from tests.primitives.software_phone import URL
from validate_service.core.authenticators.sessions import PhoneSessionDesk
from validate_service.core.errors import RateLimitedError, concrete_errors
from validate_service.core.outcomes import Outcome
from validate_service.facades.pages.texts import Texts
from validate_service.facades.pingme.account import FORMS, PIN_OUTCOMES
from validate_service.facades.pingme.answers import ERRORS, OTHERWISE, OUTCOMES, failed
from validate_service.facades.pingme.application import CATALOGUE, PingMeApplication

FOLDER = Path(validate_service.facades.pingme.__file__).parent
LANGUAGES = pytest.mark.parametrize("texts", CATALOGUE.languages.values(), ids=CATALOGUE.languages)


def test_every_outcome_and_error_has_an_answer() -> None:
    """Reason: what nobody thought of must not end in a 500."""
    assert set(OUTCOMES) == set(Outcome)
    assert set(ERRORS) == concrete_errors()


def test_only_what_was_accepted_is_told_as_done() -> None:
    """Everything else has a status that a script cannot mistake for success."""
    assert [outcome for outcome, told in OUTCOMES.items() if told.status < HTTPStatus.BAD_REQUEST] == [Outcome.ACCEPTED]
    assert all(told.status >= HTTPStatus.BAD_REQUEST for told in ERRORS.values())


@LANGUAGES
def test_everything_that_is_told_has_words(texts: Texts) -> None:
    """In each language."""
    told = [refusal.text for refusal in (*OUTCOMES.values(), *ERRORS.values())]
    told += [*OTHERWISE.values(), "internal", "forged"]
    assert [text for text in told if f"refusal.{text}" not in texts] == []
    problems = [problem.text for form in FORMS for problem in form.problems.values()]
    problems += [problem.text for problem in PIN_OUTCOMES.values()] + ["other", "forged", "pin_again"]
    assert [text for text in problems if f"problem.{text}" not in texts] == []
    assert [form.done for form in FORMS if f"done.{form.done}" not in texts] == []
    assert [outcome for outcome in Outcome if f"outcome.{outcome}" not in texts] == []


def test_all_languages_have_the_same_texts_with_the_same_places() -> None:
    """So that no page lacks one in the other language."""
    english, *others = [texts.section() for texts in CATALOGUE.languages.values()]
    places = {key: set(Template(text).get_identifiers()) for key, text in english.items()}
    assert len(others) == 1
    for other in others:
        assert {key: set(Template(text).get_identifiers()) for key, text in other.items()} == places
        assert [key for key, text in other.items() if not text.strip()] == []


def test_no_text_is_kept_that_nobody_reads() -> None:
    """Reason: it would be translated for nothing.  Those of tables are found above."""
    sources = "".join(path.read_text("utf-8") for path in FOLDER.rglob("*") if path.suffix in {".html", ".js"})
    by_table = {"refusal", "problem", "done", "outcome", "event", "script"}
    keys = [key for key in CATALOGUE.of("en").section() if key.partition(".")[0] not in by_table]
    assert [key for key in keys if f'"{key}"' not in sources] == []
    assert len(keys) > 50


def test_without_a_database_every_call_says_so(page: PhonePage) -> None:
    """In words, and with the status after which a script tries again."""
    sessions = replace(page.product.core.phone_sessions, database=SilentDatabase())
    core = replace(page.product.core, phone_sessions=sessions)
    client = Client(PingMeApplication(core, URL))
    client.set_cookie("__Host-mfa_me", "any", domain="mfa.example.org")
    calls = [
        client.post(path, base_url=URL, json={}, headers=OURS) for path in ("/pingme/test", "/pingme/subscription")
    ]
    assert [(call.status_code, call.get_json()["error"]) for call in calls] == [(503, "unavailable")] * 2
    pages = [client.get(path, base_url=URL) for path in ("/pingme/", "/pingme/account", "/pingme/events")]
    assert [page.status_code for page in pages] == [503] * 3


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    """In the header that programs read."""
    answer = failed(RateLimitedError(7), "test", CATALOGUE.of("en"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


class ForgetfulDesk(PhoneSessionDesk):
    """Lets phones in whose users are disabled at the same moment."""

    def find(self, _token: str) -> None:
        return None


def test_a_session_that_ends_as_it_begins_is_none(page: PhonePage) -> None:
    """The phone is told to sign in."""
    desk = page.product.core.phone_sessions
    forgetful = ForgetfulDesk(**{one.name: getattr(desk, one.name) for one in fields(desk)})
    core = replace(page.product.core, phone_sessions=forgetful)
    page.client.application = PingMeApplication(core, URL)
    answer = page.sign_in()
    assert (answer.status_code, answer.get_json()["error"]) == (401, "caller_not_authorized")
    assert "Set-Cookie" not in answer.headers


def test_a_defect_is_told_without_a_word_of_it(page: PhonePage, caplog: pytest.LogCaptureFixture) -> None:
    """What an exception says may be what somebody typed; the log learns where it was."""
    core = replace(page.product.core, phone_answers=None)  # type: ignore[arg-type]
    client = Client(PingMeApplication(core, URL))
    client.set_cookie("__Host-mfa_me", page.phone.session, domain="mfa.example.org")
    headers = OURS | {"X-Form-Token": page.form_token}
    answer = client.post("/pingme/test", base_url=URL, json={}, headers=headers)
    assert (answer.status_code, answer.get_json()["error"]) == (500, "internal")
    assert "AttributeError" in caplog.text
    assert page.form_token not in caplog.text
