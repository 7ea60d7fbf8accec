"""Phones of users, at an installation that knows its address."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.primitives.software_phone import SoftwarePhone
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.enrolments import PATH
from validate_service.core.model import Approval, EnrolledPhone, KeyKind
from validate_service.core.prompts import Prompt
from validate_service.core.services import Core


@dataclass
class Desk:
    """Alice, her phones, and who asks her.

    Attributes:
        product: Where she is enrolled.
        clock: What time it is.
    """

    product: Product
    clock: FakeClock

    @property
    def core(self) -> Core:
        """The core's services."""
        return self.product.core

    def link(self, user: str = "alice", product: Product | None = None) -> str:
        """Return the token of a new enrolment link."""
        chosen = product or self.product
        return chosen.core.enrolment_desk.issue(chosen.operator(user), chosen.tenant).split(PATH)[1]

    def phone(self, user: str = "alice", kind: KeyKind = KeyKind.WEBCRYPTO, **fields: Any) -> SoftwarePhone:
        """Return a new phone of the user, enrolled and let in."""
        phone = SoftwarePhone(kind, **fields)
        assert isinstance(phone.enrol(self.core, self.link(user)), EnrolledPhone)
        return phone

    def ask(self, user: str = "alice", *, number: str = "", product: Product | None = None, **shown: Any) -> Approval:
        """Ask the user to approve."""
        chosen = product or self.product
        prompt = Prompt(login_to="Portal", address="192.0.2.1", match_number=number)
        asked = chosen.core.approvals.ask(chosen.call(user), replace(prompt, **shown))
        assert isinstance(asked, Approval)
        return asked

    def switch_on(self, policy: str) -> None:
        """Let the tenant ask for something."""
        self.core.tenant_register.switch(self.product.operator(), self.product.tenant, policy, on=True)

    def pin(self, pin: str, user: str = "alice") -> None:
        """Give the user a PIN."""
        self.core.pin_desk.set_pin(self.product.operator(user), self.product.tenant, pin)

    def state(self, approval: Approval) -> str:
        """Return where the approval stands."""
        with self.product.installation.database.read() as session:
            state = self.core.approval_desk.approvals.find_state(session, approval.id)
        assert state is not None
        return state.value


@pytest.fixture
def product(reachable_product: Product) -> Product:
    """A product in process that knows its address, with a user."""
    return reachable_product


@pytest.fixture
def desk(product: Product, clock: FakeClock) -> Desk:
    """Alice and who asks her."""
    return Desk(product, clock)
