"""What a user is shown who is asked to approve: the caller's words, made harmless."""

import re
import unicodedata
from dataclasses import dataclass

from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import LONGEST_NAME, require_text

SHORTEST_TIMEOUT_S, LONGEST_TIMEOUT_S = 5, 300
LONGEST_MESSAGE = 256
_MATCH_NUMBER = re.compile(r"\[\[match:([0-9]{1,6})\]\]")
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user is shown.

    Attributes:
        login_to: Where the user is signing in to.
        address: From which address.
        message: The caller's own text instead, cleaned.
        match_number: What the user must type to approve.
        timeout_s: Seconds to wait; ``None`` for the tenant's default.
    """

    login_to: str = ""
    address: str = ""
    message: str = ""
    match_number: str = ""
    timeout_s: int | None = None


def sign_in_prompt(login_to: str, address: str) -> Prompt:
    """Return the prompt of ValidatePush.

    Raises:
        MalformedRequestError: a field is longer than 256 characters.
    """
    require_text("loginTo", login_to, longest=LONGEST_NAME)
    require_text("ipAddress", address, longest=LONGEST_NAME)
    return Prompt(login_to=_harmless(login_to), address=_harmless(address))


def push_prompt(application: str, reason: str) -> Prompt:
    """Return the prompt of a push that does not wait.

    Args:
        application: Where the user is signing in to; at most 256 characters.
        reason: Why the user is asked; at most 256 characters.

    Raises:
        MalformedRequestError: a field is too long.
    """
    require_text("appName", application, longest=LONGEST_NAME)
    require_text("reason", reason, longest=LONGEST_MESSAGE)
    return Prompt(login_to=_harmless(application), message=_harmless(reason))


def custom_prompt(message: str, timeout: str) -> Prompt:
    """Return the prompt of ValidatePushCustom.

    Args:
        message: At most 256 characters.  ``[[match:47]]`` is taken out and makes the user type 47 to approve.
        timeout: Whole seconds, 5 to 300, in ASCII digits.

    Raises:
        MalformedRequestError: the message is too long, or the time-out is anything else.

    >>> custom_prompt("Sign in to ePrescribe [[match:47]]", "30")
    Prompt(login_to='', address='', message='Sign in to ePrescribe', match_number='47', timeout_s=30)
    """
    require_text("customMessage", message, longest=LONGEST_MESSAGE)
    plain_digits = timeout.isascii() and timeout.isdigit() and len(timeout) <= len(str(LONGEST_TIMEOUT_S))
    if not plain_digits or not SHORTEST_TIMEOUT_S <= int(timeout) <= LONGEST_TIMEOUT_S:
        raise MalformedRequestError(
            f"customTimeout must be a whole number of seconds from {SHORTEST_TIMEOUT_S} to {LONGEST_TIMEOUT_S}."
        )
    match = _MATCH_NUMBER.search(message)
    text = _harmless(_MATCH_NUMBER.sub("", message))
    return Prompt(message=text, match_number=match.group(1) if match else "", timeout_s=int(timeout))


def _harmless(text: str) -> str:
    """Return *text* without control and bidi characters and line ends, which could make it read as something else."""
    return "".join(c for c in text if unicodedata.category(c) not in _HARMFUL).strip()
