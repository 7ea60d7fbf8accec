"""Passwords: verify, and set those that obey the policy (NIST SP 800-63B-4 section 3.1.1.2)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import Call
from validate_service.core.errors import PolicyError
from validate_service.core.fields import folded, require_text
from validate_service.core.model import Factor, Scope, Tenant
from validate_service.core.names import UserName
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Clock, Database, Users
from validate_service.core.settings import PasswordPolicy
from validate_service.core.slow_secrets import SlowSecrets
from validate_service.core.user_factors import Attempt, UserFactors
from validate_service.core.users import require_user

LONGEST_PASSWORD = 1024
_SHORTEST_TELLING_NAME = 4
_REPETITION = re.compile(r"(.{1,4}?)\1+")


def require_good_password(password: str, policy: PasswordPolicy, user: UserName) -> None:
    """Return if *password*, normalised, obeys *policy* and nobody would try it early.

    Raises:
        MalformedRequestError: it holds a character that is not allowed, or is longer than any policy may allow.
        PolicyError: it breaks the policy; the text names the rule.

    >>> require_good_password("correct horse battery", PasswordPolicy(), UserName("CORP", "alice"))
    >>> require_good_password("alice's own place", PasswordPolicy(), UserName("CORP", "alice"))
    Traceback (most recent call last):
        ...
    validate_service.core.errors.PolicyError: The password must not hold the user's name.
    """
    require_text("pwd", password, longest=LONGEST_PASSWORD)
    if len(password) < policy.shortest:
        raise PolicyError(f"The password must have at least {policy.shortest} characters.")
    if len(password) > policy.longest:
        raise PolicyError(f"The password must have at most {policy.longest} characters.")
    plain = folded(password)
    if plain in _common_passwords():
        raise PolicyError("The password is one of those that are used most.")
    if _REPETITION.fullmatch(plain):
        raise PolicyError("The password repeats itself.")
    if any(len(name) >= _SHORTEST_TELLING_NAME and name in plain for name in user.key):
        raise PolicyError("The password must not hold the user's name.")


def normal_password(text: str) -> str:
    """Return the one spelling of a password, whatever keyboard it was typed on: NFKC."""
    return unicodedata.normalize("NFKC", text)


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(files(__package__).joinpath("common_passwords.txt").read_text("utf-8").split("\n"))


@dataclass(frozen=True, slots=True)
class PasswordVerifier:
    """Verifies passwords."""

    gate: Gate
    user_factors: UserFactors
    slow_secrets: SlowSecrets
    clock: Clock

    def verify(self, call: Call, password: str) -> Decision:
        """Decide whether *password* is the user's.

        Returns:
            ``ACCEPTED``; ``WRONG_CODE`` also for a user who has none; another reason if the user may not be verified.
            Each after the same time.

        Raises:
            MalformedRequestError: *password* is longer than any password.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        require_text("pw", password, longest=LONGEST_PASSWORD)
        subject = self.gate.admit(call, Scope.VALIDATE)
        attempt = Attempt(Factor.PASSWORD, EventName.PASSWORD_VERIFY, call, subject, self.clock.now())
        stored = subject.user.password_hash if subject.user else None
        right = self.slow_secrets.matches(stored, normal_password(password))
        judged = Outcome.ACCEPTED if right else Outcome.WRONG_CODE
        return self.user_factors.settle(attempt, attempt.standing() or judged)


@dataclass(frozen=True, slots=True)
class PasswordDesk:
    """Sets passwords."""

    database: Database
    users: Users
    slow_secrets: SlowSecrets
    clock: Clock

    def set_password(self, call: Call, tenant: Tenant, password: str) -> None:
        """Give the user of *call* a new password; only its Argon2id is kept.

        Raises:
            MalformedRequestError, PolicyError: as :func:`require_good_password`.
            NotFoundError: there is no such user.
        """
        user = require_user(self.database, self.users, call, tenant)
        password = normal_password(password)
        require_good_password(password, tenant.settings.password, user.name)
        password_hash, now = self.slow_secrets.hash(password), self.clock.now()
        with self.database.write() as transaction:
            self.users.set_password(transaction, user.id, password_hash)
            transaction.record(AuditEvent(EventName.PASSWORD_SET, DONE, call, now))
