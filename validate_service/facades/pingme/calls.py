"""What the page's scripts ask: JSON in, JSON out, by POST only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from flask import Blueprint, Response, request

from validate_service.core.calls import Call
from validate_service.core.errors import CallerNotAuthorizedError
from validate_service.core.model import Holder
from validate_service.core.outcomes import Decision
from validate_service.core.services import Core
from validate_service.facades.declarations.json_object import read_object
from validate_service.facades.http.requests import read_body
from validate_service.facades.pages.forgery import require_form_token
from validate_service.facades.pages.texts import Texts
from validate_service.facades.pingme import fields
from validate_service.facades.pingme.answers import answer, decided, failed
from validate_service.facades.pingme.visitors import COOKIE, Visitors

FORM_TOKEN_HEADER = "X-Form-Token"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a script.

    Attributes:
        visitors: Knows who is signed in.
        call: The call, as the core sees it.
        members: What it holds.
        texts: What the user is told.
    """

    visitors: Visitors
    call: Call
    members: fields.Members
    texts: Texts

    @property
    def core(self) -> Core:
        """The core."""
        return self.visitors.core

    def holder(self) -> Holder:
        """Return who asks, and from our own page.

        Raises:
            CallerNotAuthorizedError: nobody is signed in.
            ForgedRequestError: the call lacks the session's form token.
        """
        holder = self.visitors.require()
        require_form_token(request.headers.get(FORM_TOKEN_HEADER, ""), holder.form_token)
        return holder


Operation: TypeAlias = Callable[[Asked], Response]
OperationOfPush: TypeAlias = Callable[[Asked, str], Response]


def open_invitation(asked: Asked) -> Response:
    """Tell what a link is for; that changes nothing."""
    invitation = asked.core.phone_enrolment.open(asked.call, fields.text(asked.members, "token"))
    return answer(
        {
            "user": str(invitation.user),
            "organisation": invitation.organisation,
            "kind": invitation.kind.value,
            "challenge": fields.written(invitation.challenge),
            "user_handle": fields.written(invitation.user_handle),
        }
    )


def finish_enrolment(asked: Asked) -> Response:
    """Enrol the phone, and let it in."""
    token, name = fields.text(asked.members, "token"), fields.text(asked.members, "name")
    enrolled = asked.core.phone_enrolment.enrol(asked.call, token, name, fields.new_key(asked.members))
    if isinstance(enrolled, Decision):
        return decided(enrolled, asked.texts)
    return _let_in(asked, enrolled.session, device=enrolled.uid)


def challenge(asked: Asked) -> Response:
    """Tell what a phone is to sign to be let in."""
    found = asked.core.phone_sessions.challenge(fields.text(asked.members, "device"))
    credential = fields.written(found.credential_id) if found.credential_id else ""
    return answer({"challenge": fields.written(found.challenge), "kind": found.kind.value, "credential": credential})


def begin_session(asked: Asked) -> Response:
    """Let a phone in."""
    device = fields.text(asked.members, "device")
    begun = asked.core.phone_sessions.begin(asked.call, device, fields.signature(asked.members))
    if isinstance(begun, Decision):
        return decided(begun, asked.texts)
    return _let_in(asked, begun)


def answer_push(asked: Asked, approval_id: str) -> Response:
    """Take the answer to a push."""
    decision = asked.core.phone_answers.answer(
        asked.call,
        asked.holder(),
        approval_id,
        approve=fields.flag(asked.members, "approve"),
        number=fields.text(asked.members, "number"),
        pin=fields.text(asked.members, "pin"),
        signature=fields.signature(asked.members),
    )
    return decided(decision, asked.texts)


def report_push(asked: Asked, approval_id: str) -> Response:
    """Take why a push was denied."""
    suspicious = fields.flag(asked.members, "suspicious")
    asked.core.phone_answers.report(asked.call, asked.holder(), approval_id, suspicious=suspicious)
    return answer({"done": True})


def subscribe(asked: Asked) -> Response:
    """Keep where messages reach the phone."""
    asked.core.phone_messages.subscribe(asked.call, asked.holder(), fields.subscription(asked.members))
    return answer({"done": True})


def send_test(asked: Asked) -> Response:
    """Send the user's phones a push that opens nothing."""
    return answer({"id": asked.core.phone_answers.test(asked.call, asked.holder()).id})


_CALLS: Mapping[str, tuple[str, Operation]] = {
    "/enrolment/open": ("enrolment-open", open_invitation),
    "/enrolment/finish": ("enrolment-finish", finish_enrolment),
    "/session/challenge": ("session-challenge", challenge),
    "/session": ("session", begin_session),
    "/subscription": ("subscription", subscribe),
    "/test": ("test", send_test),
}
_CALLS_OF_PUSHES: Mapping[str, tuple[str, OperationOfPush]] = {
    "/answers/<approval_id>": ("answer", answer_push),
    "/reports/<approval_id>": ("report", report_push),
}


def calls(visitors: Visitors) -> Blueprint:
    """Return the routes of all calls."""
    routes = Blueprint("calls", __name__)
    every: dict[str, tuple[str, Callable[..., Response]]] = {**_CALLS, **_CALLS_OF_PUSHES}
    for path, (name, operation) in every.items():
        routes.add_url_rule(path, name, _view(visitors, name, operation), methods=["POST"])
    return routes


def _view(visitors: Visitors, name: str, operation: Callable[..., Response]) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        try:
            visitors.own_pages.require_own(request.environ)
            members = read_object(read_body(request.environ))
            with visitors.core.refusals.recorded(visitors.call(name)) as call:
                return operation(Asked(visitors, call, members, visitors.texts()), **path)
        except Exception as error:  # noqa: BLE001  # nothing is hidden: failed logs what it does not know
            return failed(error, name, visitors.texts())

    return view


def _let_in(asked: Asked, token: str, **besides: str) -> Response:
    """Return the answer that gives the phone its session, and tells the page what it must know of it."""
    holder = asked.core.phone_sessions.find(token)
    if holder is None:
        raise CallerNotAuthorizedError("the session ended at once")
    language = asked.visitors.catalogue.of(holder.language).language
    told = {"form_token": holder.form_token, "language": language, "pin_must_change": holder.user.pin_must_change}
    response = answer(told | besides)
    COOKIE.give(response, token)
    return response
