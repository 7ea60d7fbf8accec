"""How often something may be done for one user: a burst, and then one after a while."""

from validate_service.core.errors import RateLimitedError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Instant, Tenant
from validate_service.core.ports import Transaction, Users


def require_pace(transaction: Transaction, users: Users, tenant: Tenant, user_id: int, now: Instant) -> None:
    """Count one more code or link for the user; the count is the database's, so all nodes share it.

    Raises:
        RateLimitedError: too many were issued; nothing was counted.
    """
    policy = tenant.settings.issue
    free_at = users.pace_issue(transaction, user_id, now, every=policy.every_s * MICROSECONDS, burst=policy.burst)
    if free_at:
        raise RateLimitedError(max(1, -((now - free_at) // MICROSECONDS)))
