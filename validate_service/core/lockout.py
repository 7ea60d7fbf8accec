"""Counting of failures: the same for all factors and surfaces.

Each factor keeps the count of its failures since its last success: a success resets only the factor used (SP 800-63B-4
section 3.2.2).  The sum over a user's factors decides.  Up to the threshold nothing happens; from there on each further
failure doubles the time for which every factor answers ``locked``; at the end only an operator unlocks.

Nothing is stored but counts and the instant of the last failure.  So a lock needs no clean-up, and attempts made while
locked are not counted: a stranger can slow a user down, but not for ever.
"""

from dataclasses import dataclass

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """When a user is locked, and for how long.

    Attributes:
        threshold: The failure that locks first; failures before it cost nothing.
        first_delay_s: How long that lock holds.
        longest_delay_s: What the doubling stops at.
        disable_at: The failure after which only an operator unlocks (SP 800-63B-4: at most 100).
    """

    threshold: int = 10
    first_delay_s: int = 30
    longest_delay_s: int = 3600
    disable_at: int = 100


@dataclass(frozen=True, slots=True)
class Failures:
    """A user's failures since the last success of each factor.

    Attributes:
        otp: Wrong one-time passwords.
        other: Wrong cards, PINs, codes, tokens and answers together.
        last_at: Instant of the latest failure, microseconds; 0 if none.
    """

    otp: int = 0
    other: int = 0
    last_at: int = 0

    @property
    def total(self) -> int:
        """The number that the policy looks at."""
        return self.otp + self.other


def delay_s(total: int, policy: LockoutPolicy) -> int:
    """Return the seconds for which the failure number *total* locks; 0 if it does not.

    >>> [delay_s(n, LockoutPolicy()) for n in (9, 10, 11, 16, 17, 50)]
    [0, 30, 60, 1920, 3600, 3600]
    """
    excess = total - policy.threshold
    if excess < 0:
        return 0
    # Beyond 30 doublings every delay exceeds any limit; the shift stays small whatever the count is.
    return min(policy.first_delay_s << min(excess, 30), policy.longest_delay_s)


def is_locked(failures: Failures, now: int, policy: LockoutPolicy) -> bool:
    """Tell whether every factor must answer ``locked`` at the instant *now* (microseconds)."""
    if failures.total >= policy.disable_at:
        return True
    return now < failures.last_at + delay_s(failures.total, policy) * MICROSECONDS


def tolerated_more(failures: Failures, policy: LockoutPolicy) -> int:
    """Return how many failures may be committed by others while this attempt is being decided.

    An attempt that was judged when *failures* held is still good if fewer have come in between than would lock the
    user.  With many guesses at once, no right guess behind the locking one is accepted.
    """
    return max(policy.threshold - 1 - failures.total, 0)
