"""PINs: the policy for new ones, setting and unblocking."""

from dataclasses import dataclass
from itertools import pairwise

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import PolicyError
from validate_service.core.fields import require_text
from validate_service.core.model import Tenant
from validate_service.core.ports import Clock, Database, Users
from validate_service.core.settings import PinPolicy
from validate_service.core.slow_secrets import SlowSecrets
from validate_service.core.users import require_user

LONGEST_PIN = 1024


def require_good_pin(pin: str, policy: PinPolicy) -> None:
    """Return if *pin* obeys *policy*.

    Raises:
        MalformedRequestError: it holds a character that is not allowed.
        PolicyError: it breaks the policy; the text names the rule.

    >>> require_good_pin("2580", PinPolicy())
    >>> require_good_pin("1234", PinPolicy())
    Traceback (most recent call last):
        ...
    validate_service.core.errors.PolicyError: The PIN may hold at most 3 consecutive characters in a row.
    """
    require_text("pin", pin, longest=LONGEST_PIN)
    if len(pin) > policy.longest:
        raise PolicyError(f"The PIN must have at most {policy.longest} characters.")
    if len(pin) < policy.shortest:
        raise PolicyError(f"The PIN must have at least {policy.shortest} characters.")
    steps = [ord(later) - ord(earlier) for earlier, later in pairwise(pin)]
    if _longest_run(steps, 0) > policy.most_repeated:
        raise PolicyError(f"The PIN may repeat a character at most {policy.most_repeated} times in a row.")
    if max(_longest_run(steps, 1), _longest_run(steps, -1)) > policy.most_consecutive:
        raise PolicyError(f"The PIN may hold at most {policy.most_consecutive} consecutive characters in a row.")


def _longest_run(steps: list[int], wanted: int) -> int:
    """Return the characters of the longest run whose neighbours differ by *wanted*."""
    longest = run = 1
    for step in steps:
        run = run + 1 if step == wanted else 1
        longest = max(longest, run)
    return longest


@dataclass(frozen=True, slots=True)
class PinDesk:
    """Sets and unblocks PINs; for operators."""

    database: Database
    users: Users
    slow_secrets: SlowSecrets
    clock: Clock

    def set_pin(self, call: Call, tenant: Tenant, pin: str, *, must_change: bool = False) -> None:
        """Give the user of *call* a new PIN.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            pin: The PIN, obeying the tenant's policy.
            must_change: Whether the user is to choose an own PIN; this one validates all the same.

        Raises:
            MalformedRequestError, PolicyError: as :func:`require_good_pin`.
            NotFoundError: there is no such user.
        """
        require_good_pin(pin, tenant.settings.pin)
        user = require_user(self.database, self.users, call, tenant)
        pin_hash, now = self.slow_secrets.hash(pin), self.clock.now()
        with self.database.write() as transaction:
            self.users.set_pin(transaction, user.id, pin_hash, must_change=must_change)
            transaction.record(AuditEvent(EventName.PIN_SET, DONE, call, now))

    def unblock(self, call: Call, tenant: Tenant) -> None:
        """Unblock the PIN of the user of *call*.

        Raises:
            NotFoundError: there is no such user.
        """
        user = require_user(self.database, self.users, call, tenant)
        with self.database.write() as transaction:
            self.users.clear_pin_failures(transaction, user.id)
            transaction.record(AuditEvent(EventName.PIN_UNBLOCK, DONE, call, self.clock.now()))
