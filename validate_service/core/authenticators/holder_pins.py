"""The PIN of a phone's holder: the one of the user's cards, and wherever it is typed, wrong ones are counted there."""

from dataclasses import dataclass

from validate_service.core.lockout import tolerated_more
from validate_service.core.model import Factor, Holder, Instant
from validate_service.core.outcomes import Outcome
from validate_service.core.ports import Transaction, Users
from validate_service.core.slow_secrets import SlowSecrets


@dataclass(frozen=True, slots=True)
class HolderPins:
    """Compares, and counts what was wrong."""

    users: Users
    slow_secrets: SlowSecrets

    def judge(self, holder: Holder, pin: str) -> Outcome:
        """Return ``ACCEPTED``, ``WRONG_CODE``, or ``BLOCKED`` after too many wrong ones; nothing is changed."""
        if holder.user.pin_failures >= holder.tenant.settings.pin.block_at:
            return Outcome.BLOCKED
        return Outcome.ACCEPTED if self.slow_secrets.matches(holder.user.pin_hash, pin) else Outcome.WRONG_CODE

    def count_wrong(self, transaction: Transaction, holder: Holder, at: Instant) -> None:
        """Count a wrong PIN."""
        self.users.count_failure(transaction, holder.user.id, Factor.CARD, at, pin=True)

    def accept(self, transaction: Transaction, holder: Holder) -> bool:
        """Forget wrong PINs.

        Returns:
            Whether they were forgotten: the user is still enabled, and others have not guessed in between as often as
            would lock the user or block the PIN.
        """
        user, settings = holder.user, holder.tenant.settings
        more = min(tolerated_more(user.failures, settings.lockout), settings.pin.block_at - user.pin_failures - 1)
        return self.users.accept(transaction, user.id, Factor.CARD, most_failures=user.failures.total + more)
