"""The tables of answers: nothing that the core can say is missing, and all of it is told in every language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from string import Template

import pytest

import validate_service.facades.pingme
from tests.facades.pingme.phone_page import PhonePage
from tests.interference import SilentDatabase
from validate_service.core.errors import concrete_errors
from validate_service.core.outcomes import Outcome
from validate_service.facades.pages.texts import Texts
from validate_service.facades.pingme.account import FORMS, PIN_OUTCOMES
from validate_service.facades.pingme.answers import ERRORS, OTHERWISE, OUTCOMES
from validate_service.facades.pingme.application import CATALOGUE

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
