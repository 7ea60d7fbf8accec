"""How often something may be done for one user, or in one tenant: a burst, and then one after a while."""

from dataclasses import dataclass, field
from threading import Lock

from validate_service.core.errors import RateLimitedError, UnavailableError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Instant, Tenant
from validate_service.core.ports import Approvals, Transaction, Users

TAKEN_AHEAD = 100
"""A process takes at most the hundredth part of a tenant's burst ahead."""

COUNTING_TIMEOUT_S = 1
"""How long a call waits for another of its process that counts in the same tenant."""


def require_pace(transaction: Transaction, users: Users, tenant: Tenant, user_id: int, now: Instant) -> None:
    """Count one more code or link for the user; the count is the database's, so all nodes share it.

    Raises:
        RateLimitedError: too many were issued; nothing was counted.
    """
    policy = tenant.settings.issue
    free_at = users.pace_issue(transaction, user_id, now, every=policy.every_s * MICROSECONDS, burst=policy.burst)
    if free_at:
        raise RateLimitedError(max(1, -((now - free_at) // MICROSECONDS)))


@dataclass(slots=True)
class _Ahead:
    """What one process has counted ahead for one tenant."""

    left: int = 0
    counting: Lock = field(default_factory=Lock)


class TenantPace:
    """How often the users of a tenant are asked; the count is the database's, so all nodes share it.

    All who ask in one tenant count on one row, and whoever has counted keeps it until its commit is durable.  So a
    process counts several questions at once, and has the others at hand.  What it does not use is lost to the tenant;
    won is only what was counted in a commit that failed.
    """

    def __init__(self, approvals: Approvals) -> None:
        """Count in *approvals*."""
        self._approvals = approvals
        self._ahead: dict[int, _Ahead] = {}

    def take(self, transaction: Transaction, tenant: Tenant, now: Instant) -> bool:
        """Count one more question in *tenant*, if its policy lets one be put now; tell whether it does.

        Raises:
            UnavailableError: others have been counting for too long: the database is slow.
        """
        ahead = self._ahead.setdefault(tenant.id, _Ahead())
        # One at a time: else all threads would wait for each other's commits whenever nothing is left.
        if not ahead.counting.acquire(timeout=COUNTING_TIMEOUT_S):
            raise UnavailableError("the questions of the tenant cannot be counted")
        try:
            left = ahead.left or self._counted(transaction, tenant, now)
            ahead.left = max(0, left - 1)
        finally:
            ahead.counting.release()
        return left > 0

    def _counted(self, transaction: Transaction, tenant: Tenant, now: Instant) -> int:
        """Count as many questions as may be taken ahead, or else one; return how many were counted."""
        policy = tenant.settings.push
        for size in sorted({max(1, policy.tenant_burst // TAKEN_AHEAD), 1}, reverse=True):
            if self._approvals.pace_tenant(transaction, tenant.id, now, policy, questions=size):
                return size
        return 0
