"""What a type of request is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

from validate_service.core.calls import Call
from validate_service.core.errors import DeliveryError, MalformedRequestError, ValidateError
from validate_service.core.messages import Channel
from validate_service.core.model import Scope, Tenant
from validate_service.core.names import UserName
from validate_service.core.services import Core
from validate_service.facades.connector.answers import ERROR_CODES, Reply
from validate_service.facades.connector.fields import (
    ACCOUNT_KEY,
    ACCOUNT_NAME,
    COMMON,
    DELIVERY_METHOD,
    FIELD_CODES,
    MISSING_CODES,
    USERNAME,
)
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.fields import Declaration, Field, Values

Codes = Mapping[type[ValidateError], APIReturnCode]
Answer = Callable[[Core, Call, Values], Reply]


def administered(answer: Callable[[Core, Call, Tenant, Values], Reply]) -> Answer:
    """Let in only who may administer, before *answer* is asked; it is told whose tenant."""

    @wraps(answer)
    def admitted(core: Core, call: Call, values: Values) -> Reply:
        return answer(core, call, core.gate.admit(call, Scope.ADMINISTER).tenant, values)

    return admitted


@dataclass(frozen=True)
class RequestType:
    """One type of the contract.

    Attributes:
        name: Its name, which matches without case.
        summary: What it does, in one line.
        fields: Its fields besides those that all types have.
        answer: Answers a request; lets its caller in first.
        extras: What stands in the answer of a success besides, for the documentation.
        codes: Return codes of errors that mean something else here than elsewhere.
        aliases: Further names.
    """

    name: str
    summary: str
    fields: tuple[Field[Any], ...]
    answer: Answer
    extras: Mapping[str, Any] = field(default_factory=dict)
    codes: Codes = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @cached_property
    def declaration(self) -> Declaration:
        """All fields."""
        return Declaration(*COMMON, *self.fields)

    def run(self, core: Core, call: Call, given: Mapping[str, object]) -> Reply:
        """Return the reply to a request.

        Args:
            core: What decides.
            call: The call, to be filled in.
            given: The members of the request by their names in lower case.

        Raises:
            ValidateError: the request cannot be decided, or is refused.
        """
        values = self.declaration.read(given)
        call.account, call.api_key = values[ACCOUNT_NAME], values[ACCOUNT_KEY]
        call.user = UserName.parse(values[USERNAME], "")
        return self.answer(core, call, values)

    def code_of(self, error: ValidateError, given: Mapping[str, object]) -> APIReturnCode:
        """Return the code of *error*, which a request that gave *given* met."""
        bad = self._bad_field(given) if isinstance(error, MalformedRequestError) else None
        if bad is not None:
            known = FIELD_CODES if _is_given(bad, given) else {**FIELD_CODES, **MISSING_CODES}
            return known.get(bad.name, APIReturnCode.CreateTransactionFailed)
        if isinstance(error, DeliveryError) and self.declaration.read(given).get(DELIVERY_METHOD) is Channel.EMAIL:
            return APIReturnCode.EmailSendError
        return self.codes.get(type(error), ERROR_CODES[type(error)])

    def _bad_field(self, given: Mapping[str, object]) -> Field[Any] | None:
        """Return the first field that is missing or holds what it may not."""
        for one in self.declaration:
            try:
                Declaration(one).read(given)
            except MalformedRequestError:
                return one
        return None


def _is_given(one: Field[Any], given: Mapping[str, object]) -> bool:
    return any(given.get(name.lower()) is not None for name in (one.name, *one.aliases))
