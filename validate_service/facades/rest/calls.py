"""What a call is, and who may make it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError
from validate_service.core.model import DEFAULT_TENANT, Scope, Subject, Tenant
from validate_service.core.names import UserName
from validate_service.core.services import Core
from validate_service.facades.declarations.fields import Declaration, Values
from validate_service.facades.declarations.json_object import read_object
from validate_service.facades.rest.answers import Members
from validate_service.facades.rest.fields import API_KEY, DOMAIN_NAME, USER_NAME

Admitted = TypeVar("Admitted")

API_KEY_CHALLENGE = 'ApiKey realm="restservice.svc"'
BEARER_CHALLENGE = 'Bearer realm="restservice.svc"'

_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Sender:
    """What the headers say of who sent a request.

    Attributes:
        authorization: The ``Authorization`` header; empty if there is none.
        is_page: Whether a web page had a browser send it.
    """

    authorization: str
    is_page: bool


@dataclass(frozen=True, slots=True)
class RestCall(Generic[Admitted]):
    """One call of the contract.

    Attributes:
        name: Its name, which matches without case.
        summary: What it does, in one line.
        description: What a caller must know besides.
        declaration: Its fields.
        admit: Lets the caller in, or raises; fills in whom the call is about.
        answer: Answers the call of an admitted caller.
        example: An answer, for the documentation.
        aliases: Further names.
        challenge: How a caller shows who it is.
        takes_any_body: Whether a body that cannot be read counts as one without fields.
    """

    name: str
    summary: str
    description: str
    declaration: Declaration
    admit: Callable[[Core, Call, Values, Sender], Admitted]
    answer: Callable[[Core, Call, Admitted, Values], Members]
    example: Members
    aliases: tuple[str, ...] = ()
    challenge: str = API_KEY_CHALLENGE
    takes_any_body: bool = False

    def run(self, core: Core, call: Call, body: bytes, sender: Sender) -> Members:
        """Return the answer to a request.

        Raises:
            ValidateError: the request cannot be decided, or is refused.
        """
        values = self._read(body)
        admitted = self.admit(core, call, values, sender)
        return self.answer(core, call, admitted, values)

    def _read(self, body: bytes) -> Values:
        try:
            return self.declaration.read(read_object(body))
        except MalformedRequestError:
            if not self.takes_any_body:
                raise
            return Values({})


def admit_administrator(core: Core, call: Call, values: Values, _sender: Sender) -> Subject:
    """Let in who has a key for administration; the call is about the user whom it names."""
    call.api_key = values[API_KEY]
    call.user = UserName.parse(values.get(USER_NAME), values[DOMAIN_NAME])
    return core.gate.admit(call, Scope.ADMINISTER)


def admit_key_maker(core: Core, call: Call, _values: Values, sender: Sender) -> Tenant:
    """Let in who has an administrator's key as a bearer token, or calls from an administration network without one.

    Any page that an administrator looks at can have the browser send this call, from the administrator's address: then
    the address says nothing.
    """
    header = sender.authorization
    if header[: len(_BEARER)].lower() == _BEARER:
        call.api_key = header[len(_BEARER) :].strip()
    if sender.is_page:
        call.origin = replace(call.origin, relayed=True)
    return core.gate.admit_administrator(call)


def admit_anybody(core: Core, call: Call, values: Values, _sender: Sender) -> Tenant:
    """Let everybody in: with a key to its tenant, without one to the first."""
    call.api_key = values[API_KEY]
    if call.api_key:
        return core.gate.admit_caller(call, None).tenant
    return core.tenant_register.get(DEFAULT_TENANT)
