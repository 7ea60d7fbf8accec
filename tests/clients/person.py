"""A user of the product, with as many factors as a test gives it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.product import Product
from validate_service.core.calls import Call
from validate_service.core.model import DeviceKind, Tenant

DOMAIN = "CORP"
PIN = "2580"
QUESTIONS = ("What is your mother's <maiden> name & place?", "Größtes Haustier?")
ANSWERS = ("Müller & Ulm", "Rex")
LIFE_S = 600


@dataclass(frozen=True)
class Person:
    """A user.

    Attributes:
        product: Where the user is enrolled.
        name: The user name, without the domain.
    """

    product: Product
    name: str

    @property
    def who(self) -> dict[str, str]:
        """The wire's fields that name the user."""
        return {"username": self.name, "domain": DOMAIN}

    @property
    def _enrolling(self) -> tuple[Call, Tenant]:
        return self.product.operator(self.full_name), self.product.tenant

    @property
    def full_name(self) -> str:
        """The name as operators write it."""
        return f"{DOMAIN}\\{self.name}"

    @property
    def _serial(self) -> str:
        return f"HOTP-{self.name}"

    def enrol(self) -> None:
        """Add the user."""
        self.product.add_user(self.full_name)

    def give_token(self) -> None:
        """Enrol a device for one-time passwords."""
        self.product.add_device(self.full_name, self._serial)

    def next_code(self) -> str:
        """Return the next one-time password."""
        return self.product.next_code(self._serial)

    def wrong_code(self) -> str:
        """Return a one-time password that the device is far from making."""
        return self.product.wrong_code(self._serial)

    @property
    def card(self) -> str:
        """What the reader gives for the user's card: seven bytes."""
        return sha256(self.name.encode()).digest()[:7].hex(":").upper()

    def give_card(self) -> None:
        """Enrol the card, and set the PIN."""
        call, tenant = self._enrolling
        self.product.core.card_register.add(call, tenant, self.card, "badge")
        self.product.core.pin_desk.set_pin(call, tenant, PIN)

    def give_questions(self) -> None:
        """Enrol the two questions."""
        call, tenant = self._enrolling
        self.product.core.question_register.replace(call, tenant, list(zip(QUESTIONS, ANSWERS, strict=True)))

    def give_authenticator(self) -> None:
        """Enrol an authenticator for push approvals."""
        self.product.add_device(self.full_name, f"PHONE-{self.name}", DeviceKind.AUTHENTICATOR)

    def new_auth_code(self) -> str:
        """Return a new authentication code."""
        return self.product.core.auth_code_desk.issue(*self._enrolling, life_s=LIFE_S)

    def new_auth_token(self) -> str:
        """Return a new session token."""
        return self.product.core.auth_token_desk.issue(*self._enrolling, life_s=LIFE_S)


def wrong(code: str) -> str:
    """Return *code* with its last digit changed."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def facts_for_a_client(product: Product, client: str) -> dict[str, Any]:
    """Enrol a user of its own for *client*, with one of everything; return all that the client needs to know.

    The keys are the names that the foreign clients read.
    """
    person, loner = Person(product, f"{client}-user"), Person(product, f"{client}-loner")
    loner.enrol()
    person.enrol()
    person.give_token()
    person.give_card()
    person.give_questions()
    person.give_authenticator()
    code, auth_code = person.next_code(), person.new_auth_code()
    return {
        "apiKey": product.api_key,
        **person.who,
        "userWithoutAuthenticator": loner.name,
        "code": code,
        "wrongCode": person.wrong_code(),
        "card": person.card,
        "pin": PIN,
        "questions": list(QUESTIONS),
        "answers": list(ANSWERS),
        "authCode": auth_code,
        "wrongAuthCode": wrong(auth_code),
        "authToken": person.new_auth_token(),
    }
