"""What one call says to its database: recorded while it is served, so that it is and stays what the product runs."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from tests.product import Product
from validate_service.core.calls import Call
from validate_service.core.names import UserName
from validate_service.core.origin import Origin
from validate_service.storage.sessions import Session, Statement

_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Said:
    """One statement that ran on PostgreSQL.

    Attributes:
        text: What was said, in one line, with ``$1`` and so on for parameters.
        names: What the product calls the parameters, in this order.
        values: What they were, by name.
        columns: What a SELECT returns, in order, such as ``users.id``; what is computed is empty.
    """

    text: str
    names: tuple[str, ...]
    values: dict[str, Any]
    columns: tuple[str, ...] = ()

    def written(self, parameter: Callable[[str], str]) -> str:
        """Return the text with what *parameter* makes of its name in place of each parameter."""
        return _PARAMETER.sub(lambda found: parameter(self.names[int(found.group(1)) - 1]), self.text)


def heard(product: Product) -> tuple[Said, Said]:
    """Return what one ValidateOTP says to its database: its SELECT, and what spends the code and records the event.

    Raises:
        RuntimeError: it says more, or less.
    """
    for _ in range(2):  # the first call of a minute also notes that the API key was used
        call = Call(Origin("soap", "ValidateOTP", "127.0.0.1", "0" * 32), product.api_key, UserName.parse("user0", ""))
        with recorded() as said:
            product.core.otp.verify(call, product.next_code("T0"))
    if len(said) != 2:
        raise RuntimeError(f"ValidateOTP says {len(said)} statements: {[one.text for one in said]}")
    return said[0], said[1]


@contextmanager
def recorded() -> Iterator[list[Said]]:
    """Collect every statement that runs inside the block."""
    said: list[Said] = []
    run = Session._run

    def recording(session: Session, statement: Statement, parameters: dict[str, object]) -> None:
        text, constants, order = statement.on(session._engine)
        said.append(Said(" ".join(text.split()), tuple(order or ()), constants | parameters, _columns_of(statement)))
        run(session, statement, parameters)

    Session._run = recording  # type: ignore[assignment,method-assign]
    try:
        yield said
    finally:
        Session._run = run  # type: ignore[method-assign]


def _columns_of(statement: Statement) -> tuple[str, ...]:
    if not isinstance(statement.core, Select):
        return ()
    return tuple(str(column) if hasattr(column, "table") else "" for column in statement.core.selected_columns)
