"""What the core needs of the world.  ``storage`` implements most of it; tests bring their own clock and randomness.

``outside`` is time, chance and messages; ``sessions`` opens the database; ``callers``, ``users``, ``factors``, ``fido``
and ``presentation`` keep what their names say.
"""

from validate_service.core.ports.callers import ApiKeys, Subjects, Tenants
from validate_service.core.ports.factors import Approvals, AuthCodes, AuthTokens, Cards, Devices, Enrolments, Questions
from validate_service.core.ports.fido import FidoChallenges, FidoKeys
from validate_service.core.ports.outside import Clock, Courier, KeyRingSource, KeyRingStore, Randomness, Sleep, Stopping
from validate_service.core.ports.presentation import Brandings, MessageTexts
from validate_service.core.ports.sessions import Database, Session, Transaction
from validate_service.core.ports.users import AuthSets, Users

__all__ = [
    "ApiKeys",
    "Approvals",
    "AuthCodes",
    "AuthSets",
    "AuthTokens",
    "Brandings",
    "Cards",
    "Clock",
    "Courier",
    "Database",
    "Devices",
    "Enrolments",
    "FidoChallenges",
    "FidoKeys",
    "KeyRingSource",
    "KeyRingStore",
    "MessageTexts",
    "Questions",
    "Randomness",
    "Session",
    "Sleep",
    "Stopping",
    "Subjects",
    "Tenants",
    "Transaction",
    "Users",
]
