"""An operator at the desk: answers push approvals from outside the server, in their users' place."""

from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

from tests.product import Product
from validate_service.core.errors import ConflictError
from validate_service.core.model import Approval

POLL_S = 0.05
PLEASE_DENY = "please deny"
PLEASE_IGNORE = "please ignore"


@dataclass
class Desk:
    """While entered, approves whatever is asked; denies or ignores what asks for that in its text.

    Attributes:
        product: Whose approvals it answers; the server that asks them is another process.
        answered: What was approved or denied, in order.
    """

    product: Product
    answered: list[Approval] = field(default_factory=list)
    _closing: Event = field(default_factory=Event)
    _failures: list[Exception] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._work, name="operator")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        if self._failures:
            raise self._failures[0]

    def _work(self) -> None:
        try:
            while not self._closing.wait(POLL_S):
                for approval in self.product.core.approval_desk.pending(self.product.tenant):
                    self._answer(approval)
        except Exception as error:  # noqa: BLE001  # raised again in the test's own thread
            self._failures.append(error)
        finally:
            self.product.installation.database.close()

    def _answer(self, approval: Approval) -> None:
        text = f"{approval.login_to} {approval.message}"
        if PLEASE_IGNORE in text:
            return
        desk, tenant = self.product.core.approval_desk, self.product.tenant
        try:
            desk.answer(self.product.operator(), tenant, approval.id, approve=PLEASE_DENY not in text)
        except ConflictError:
            return  # its caller stopped waiting in this moment
        self.answered.append(approval)
