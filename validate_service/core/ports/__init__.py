"""What the core needs of the world.  ``storage`` implements most of it; tests bring their own clock and randomness.

``outside`` is time, chance and messages; ``sessions`` opens the database; ``callers``, ``users``, ``factors``,
``fido``, ``approvals``, ``authenticators`` and ``presentation`` keep what their names say; ``trail`` reads what was
audited; ``retention`` deletes what is old.
"""

from validate_service.core.ports.approvals import Approvals
from validate_service.core.ports.authenticators import Authenticators, PhoneSessions
from validate_service.core.ports.callers import ApiKeys, Subjects, Tenants
from validate_service.core.ports.factors import AuthCodes, AuthTokens, Cards, Devices, Enrolments, Questions
from validate_service.core.ports.fido import FidoChallenges, FidoKeys
from validate_service.core.ports.outside import (
    Announce,
    Background,
    Clock,
    Count,
    Courier,
    Forget,
    KeyRingSource,
    KeyRingStore,
    Lookout,
    PushService,
    Randomness,
    RingLock,
    Sent,
    Stopping,
    Tell,
    Wake,
)
from validate_service.core.ports.presentation import Brandings, MessageTexts
from validate_service.core.ports.retention import Ended, LanePrefix, Retention
from validate_service.core.ports.sessions import Change, Database, Session, Transaction
from validate_service.core.ports.trail import Trail
from validate_service.core.ports.users import AuthSets, Users

__all__ = [
    "Announce",
    "ApiKeys",
    "Approvals",
    "AuthCodes",
    "AuthSets",
    "AuthTokens",
    "Authenticators",
    "Background",
    "Brandings",
    "Cards",
    "Change",
    "Clock",
    "Count",
    "Courier",
    "Database",
    "Devices",
    "Ended",
    "Enrolments",
    "FidoChallenges",
    "FidoKeys",
    "Forget",
    "KeyRingSource",
    "KeyRingStore",
    "LanePrefix",
    "Lookout",
    "MessageTexts",
    "PhoneSessions",
    "PushService",
    "Questions",
    "Randomness",
    "Retention",
    "RingLock",
    "Sent",
    "Session",
    "Stopping",
    "Subjects",
    "Tell",
    "Tenants",
    "Trail",
    "Transaction",
    "Users",
    "Wake",
]
