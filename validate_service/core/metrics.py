"""What is counted for whoever watches the service."""

from collections.abc import Mapping
from enum import StrEnum


class Metric(StrEnum):
    """A counter.  The names are stable; alerts hang on them."""

    PUSHES_REPORTED = "pushes_reported"
    MESSAGES_TAKEN = "push_messages_taken"
    MESSAGES_FAILED = "push_messages_failed"
    MESSAGES_REFUSED = "push_messages_refused"
    MESSAGES_DROPPED = "push_messages_dropped"
    SUBSCRIPTIONS_GONE = "push_subscriptions_gone"


MEANINGS: Mapping[Metric, str] = {
    Metric.PUSHES_REPORTED: "Pushes of which their user said that somebody else had asked.",
    Metric.MESSAGES_TAKEN: "Messages to phones that a push service took.",
    Metric.MESSAGES_FAILED: "Messages to phones that a push service did not take, or not in time.",
    Metric.MESSAGES_REFUSED: "Messages to phones whose push service the settings do not name.",
    Metric.MESSAGES_DROPPED: "Messages to phones that were not tried: too many waited.",
    Metric.SUBSCRIPTIONS_GONE: "Phones that do not want messages any more.",
}
"""What each counter counts, for people."""
