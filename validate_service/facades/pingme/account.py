"""The pages that work without scripts: phones, PIN, security questions, last sign-ins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from validate_service.core import errors
from validate_service.core.calls import Call
from validate_service.core.model import Holder
from validate_service.core.outcomes import Outcome
from validate_service.core.questions import MOST_QUESTIONS
from validate_service.core.services import Core
from validate_service.facades.pages.forgery import ForgedRequestError, require_form_token
from validate_service.facades.pages.pages import Pages
from validate_service.facades.pages.policies import Policy
from validate_service.facades.pages.texts import Texts
from validate_service.facades.pingme.shell import FILES
from validate_service.facades.pingme.sign_ins import day, in_words, minute
from validate_service.facades.pingme.visitors import COOKIE, Visitors

POLICY = Policy(forms=True)


@dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong with a form.

    Attributes:
        field: Id of the field, or of the section, that it is about.
        text: What the user reads of it: a text of the catalogue's section ``problem``.
        status: The status of the answer.
    """

    field: str
    text: str
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY


class FormError(Exception):
    """A form is sent back, with *problem*."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


_OTHER = Problem("content", "other", HTTPStatus.FORBIDDEN)
_FORGED = Problem("content", "forged", HTTPStatus.FORBIDDEN)
_PIN_RULES = Problem("pin-new", "pin_rules")
_QUESTIONS = Problem("question-1", "questions")

PIN_OUTCOMES: Mapping[Outcome, Problem] = {
    Outcome.WRONG_CODE: Problem("pin-current", "pin_current"),
    Outcome.BLOCKED: Problem("pin-current", "pin_blocked", HTTPStatus.FORBIDDEN),
}
"""What is told of a PIN that was not changed; nothing particular of any other outcome."""


def remove_phone(core: Core, call: Call, holder: Holder) -> None:
    """Remove one of the user's phones."""
    core.self_service.remove_phone(call, holder, request.form.get("serial", ""))


def change_pin(core: Core, call: Call, holder: Holder) -> None:
    """Give the user a new PIN.

    Raises:
        FormError: the present one is not right, or the new one was not typed twice.
    """
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        raise FormError(Problem("pin-again", "pin_again"))
    decision = core.self_service.change_pin(call, holder, request.form.get("current", ""), new)
    if not decision.accepted:
        raise FormError(PIN_OUTCOMES.get(decision.outcome, _OTHER))


def set_questions(core: Core, call: Call, holder: Holder) -> None:
    """Replace the user's questions; rows of which nothing is filled in do not count."""
    typed = zip(request.form.getlist("question"), request.form.getlist("answer"), strict=False)
    pairs = [(question, answer) for question, answer in typed if question.strip() or answer.strip()]
    core.self_service.set_questions(call, holder, pairs)


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the page.

    Attributes:
        path: Where it is sent to, below the page's path.
        take: Does what it asks for.
        done: What is said to be done: a text of the catalogue's section ``done``.
        problems: What was wrong with it, by the error that *take* ended in.
    """

    path: str
    take: Callable[[Core, Call, Holder], None]
    done: str
    problems: Mapping[type[errors.ValidateError], Problem] = field(default_factory=dict)


PIN_FORM = Form("pin", change_pin, "pin", {errors.PolicyError: _PIN_RULES, errors.MalformedRequestError: _PIN_RULES})
FORMS = (
    PIN_FORM,
    Form("phones/remove", remove_phone, "phone", {errors.NotFoundError: Problem("phones", "phone")}),
    Form("questions", set_questions, "questions", {errors.MalformedRequestError: _QUESTIONS}),
)


def account(pages: Pages, visitors: Visitors, below: str) -> Blueprint:
    """Return the routes of the page and of its forms; *below* is the path before all pages of the application."""
    routes = Blueprint("account", __name__)
    account_pages = AccountPages(pages, visitors, below)
    routes.add_url_rule("", "page", account_pages.show)
    for one in FORMS:
        routes.add_url_rule(f"/{one.path}", one.path, account_pages.view_of(one), methods=["POST"])
    routes.add_url_rule("/sign-out", "sign-out", account_pages.sign_out, methods=["POST"])
    return routes


@dataclass(frozen=True, slots=True)
class AccountPages:
    """Answers requests to the account of whoever is signed in."""

    pages: Pages
    visitors: Visitors
    below: str

    def show(self) -> Response:
        """Return the page; without a session, the way to one."""
        holder = self.visitors.present()
        return self._page(holder) if holder else _to_shell("account")

    def view_of(self, form: Form) -> Callable[[], Response]:
        """Return what answers the form *form*."""

        def view() -> Response:
            holder = self.visitors.present()
            if holder is None:
                return _to_shell("account")
            if holder.user.pin_must_change and form is not PIN_FORM:
                return self._page(holder, _PIN_RULES)
            problem = self._taken(form, holder)
            return self._page(holder, problem) if problem else _see_other(url_for("account.page", done=form.done))

        return view

    def sign_out(self) -> Response:
        """End the session, and forget it in the browser."""
        holder = self.visitors.present()
        if holder is not None:
            self._require_own(holder)
            self.visitors.core.phone_sessions.end(self.visitors.call("sign-out"), holder)
        response = _to_shell("signed-out")
        COOKIE.take(response)
        return response

    def _taken(self, form: Form, holder: Holder) -> Problem | None:
        """Do what *form* asks for; return what was wrong with it."""
        try:
            self._require_own(holder)
            with self.visitors.core.refusals.recorded(self.visitors.call(f"account-{form.done}")) as call:
                form.take(self.visitors.core, call, holder)
        except FormError as error:
            return error.problem
        except ForgedRequestError:
            return _FORGED
        except errors.UnavailableError:
            raise
        except errors.ValidateError as error:
            return form.problems.get(type(error), _OTHER)
        return None

    def _require_own(self, holder: Holder) -> None:
        self.visitors.own_pages.require_own(request.environ)
        require_form_token(request.form.get("form_token", ""), holder.form_token)

    def _page(self, holder: Holder, problem: Problem | None = None) -> Response:
        texts = self.visitors.catalogue.of(holder.language)
        told = _PIN_ONLY if holder.user.pin_must_change else self._everything(holder, texts)
        response = self.pages.page(
            "account.html",
            policy=POLICY,
            tenant=holder.tenant,
            language=texts.language,
            texts=texts,
            holder=holder,
            files=FILES,
            below=self.below,
            problem=problem,
            done=request.args.get("done", ""),
            **told,
        )
        response.status_code = problem.status if problem else HTTPStatus.OK
        return response

    def _everything(self, holder: Holder, texts: Texts) -> dict[str, Any]:
        desk = self.visitors.core.self_service
        questions = desk.questions(holder)
        # What was typed into a form that is sent back, but never an answer.
        typed = request.form.getlist("question") or questions
        wanted = max(holder.tenant.settings.questions_required, len(typed))
        return {
            "phones": [(phone, day(phone.created_at), day(phone.seen_at)) for phone in desk.phones(holder)],
            "questions": questions,
            "typed": typed,
            "question_fields": min(wanted, MOST_QUESTIONS),
            "sign_ins": [(in_words(one, texts), minute(one.at)) for one in desk.sign_ins(holder)],
        }


_PIN_ONLY: Mapping[str, Any] = {"phones": [], "questions": [], "typed": [], "question_fields": 0, "sign_ins": []}


def _see_other(address: str) -> Response:
    response = redirect(address, HTTPStatus.SEE_OTHER)
    return Response(response.get_data(), response.status_code, response.headers)


def _to_shell(fragment: str) -> Response:
    """Return the way to the page that can sign in; *fragment* tells it why."""
    return _see_other(f"{url_for('shell.page')}#{fragment}")
