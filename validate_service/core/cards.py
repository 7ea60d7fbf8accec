"""Cards with PINs: verify, enrol, disable."""

import re
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import Call
from validate_service.core.errors import NotFoundError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.key_ring import KeyRing
from validate_service.core.model import Card, Factor, Scope, Tenant
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Cards, Clock, Database, KeyRingSource, Transaction, Users
from validate_service.core.slow_secrets import SlowSecrets
from validate_service.core.user_factors import Attempt, UserFactors
from validate_service.core.users import require_user
from validate_service.primitives.keyed_hash import keyed_hash

LONGEST_CARD = 1024
_SEPARATED_HEX = re.compile(r"[0-9A-Fa-f]+(?:[:\- ]?[0-9A-Fa-f]+)*")


def normal_card(information: str) -> str:
    """Return the one spelling of a card's identifier: hex without separators in upper case, anything else as it is.

    >>> normal_card("04:a2-b3 c4"), normal_card("Badge 7")
    ('04A2B3C4', 'Badge 7')
    """
    if _SEPARATED_HEX.fullmatch(information):
        return re.sub(r"[:\- ]", "", information).upper()
    return information


def hash_of_card(ring: KeyRing, tenant_id: int, information: str) -> bytes:
    """Return what the database keeps in place of a card's identifier."""
    return keyed_hash(ring.lookup_key, "card", tenant_id, normal_card(information))


@dataclass(frozen=True, slots=True)
class CardVerifier:
    """Verifies a card and its user's PIN."""

    gate: Gate
    database: Database
    cards: Cards
    user_factors: UserFactors
    slow_secrets: SlowSecrets
    keys: KeyRingSource
    clock: Clock

    def verify(self, call: Call, information: str, pin: str) -> Decision:
        """Decide whether the card is the user's and enabled, and the PIN is the user's.

        Args:
            call: Who calls about whom.
            information: The card's identifier, see :func:`normal_card`.
            pin: What the user typed.

        Returns:
            ``ACCEPTED``, or the reason why not.  A wrong PIN counts against the PIN only with the right card, so that
            nobody without it can block the PIN.

        Raises:
            MalformedRequestError: a field is too long.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        require_text("cardInformation", information, longest=LONGEST_CARD)
        subject = self.gate.admit(call, Scope.VALIDATE)
        attempt = Attempt(Factor.CARD, EventName.CARD_VERIFY, call, subject, self.clock.now())
        user = subject.user
        right_pin = self.slow_secrets.matches(user.pin_hash if user else None, pin)
        card = self._find(subject.tenant, call, information)
        pins_left = subject.tenant.settings.pin.block_at - (user.pin_failures if user else 0)
        outcome = attempt.standing() or _judged(card, blocked=pins_left <= 0, right_pin=right_pin)
        wrong_pin = card is not None and card.enabled and not right_pin
        return self.user_factors.settle(
            attempt,
            outcome,
            spend=lambda transaction: self._use(transaction, card, attempt.now),
            wrong_pin=wrong_pin,
            most_more=pins_left - 1,
        )

    def _find(self, tenant: Tenant, call: Call, information: str) -> Card | None:
        card_hash = hash_of_card(self.keys.current(), tenant.id, information)
        with self.database.read() as session:
            return self.cards.find(session, call.user_id or 0, card_hash)

    def _use(self, transaction: Transaction, card: Card | None, now: int) -> bool:
        return card is not None and self.cards.mark_used(transaction, card.id, now)


def _judged(card: Card | None, *, blocked: bool, right_pin: bool) -> Outcome:
    if card is None:
        return Outcome.WRONG_CODE
    if not card.enabled:
        return Outcome.DEVICE_DISABLED
    if blocked:
        return Outcome.BLOCKED
    return Outcome.ACCEPTED if right_pin else Outcome.WRONG_CODE


@dataclass(frozen=True, slots=True)
class CardRegister:
    """Enrols and disables cards; for operators."""

    database: Database
    cards: Cards
    users: Users
    keys: KeyRingSource
    clock: Clock

    def add(self, call: Call, tenant: Tenant, information: str, label: str) -> None:
        """Give a card to the user of *call*.

        Raises:
            MalformedRequestError: a field is missing or too long.
            NotFoundError: there is no such user.
            ConflictError: the tenant has this card.
        """
        require_text("cardInformation", information or None, longest=LONGEST_CARD)
        require_text("label", label, longest=LONGEST_NAME)
        user = require_user(self.database, self.users, call, tenant)
        card_hash, now = hash_of_card(self.keys.current(), tenant.id, information), self.clock.now()
        with self.database.write() as transaction:
            self.cards.add(transaction, tenant.id, user_id=user.id, card_hash=card_hash, label=label, at=now)
            transaction.record(AuditEvent(EventName.CARD_ADD, DONE, call, now, device=label))

    def listing(self, tenant: Tenant) -> list[Card]:
        """Return all cards of *tenant*."""
        with self.database.read() as session:
            return list(self.cards.listing(session, tenant.id))

    def set_enabled(self, call: Call, tenant: Tenant, card_id: int, *, enabled: bool) -> None:
        """Enable or disable a card, e.g. because it was lost.

        Raises:
            NotFoundError: the tenant has no such card.
        """
        call.tenant_id = tenant.id
        event = EventName.CARD_ENABLE if enabled else EventName.CARD_DISABLE
        with self.database.write() as transaction:
            if not self.cards.set_enabled(transaction, tenant.id, card_id, enabled=enabled):
                raise NotFoundError(f"There is no card {card_id}.")
            transaction.record(AuditEvent(event, DONE, call, self.clock.now(), device=str(card_id)))

    def delete(self, call: Call, tenant: Tenant, card_id: int) -> None:
        """Delete a card.

        Raises:
            NotFoundError: the tenant has no such card.
        """
        call.tenant_id = tenant.id
        with self.database.write() as transaction:
            if not self.cards.delete(transaction, tenant.id, card_id):
                raise NotFoundError(f"There is no card {card_id}.")
            transaction.record(AuditEvent(EventName.CARD_DELETE, DONE, call, self.clock.now(), device=str(card_id)))
