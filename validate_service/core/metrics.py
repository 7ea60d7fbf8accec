"""What is counted for whoever watches the service."""

from enum import StrEnum


class Metric(StrEnum):
    """A counter.  The names are stable; alerts hang on them."""

    PUSHES_REPORTED = "pushes_reported"
    """Pushes of which their user said that somebody else had asked."""

    MESSAGES_TAKEN = "push_messages_taken"
    MESSAGES_FAILED = "push_messages_failed"
    MESSAGES_REFUSED = "push_messages_refused"
    MESSAGES_DROPPED = "push_messages_dropped"
    """Messages to phones: taken by the push service, not taken, not allowed, or given up because too many wait."""

    SUBSCRIPTIONS_GONE = "push_subscriptions_gone"
    """Phones that do not want messages any more."""
