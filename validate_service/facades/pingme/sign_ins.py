"""Sign-ins as their users read them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Instant, SignIn
from validate_service.facades.pages.texts import Texts


@dataclass(frozen=True, slots=True)
class SignInWords:
    """A sign-in as its user reads it: how it was tried, how it ended, and where."""

    how: str
    end: str
    where: str


def in_words(sign_in: SignIn, texts: Texts) -> SignInWords:
    """Return *sign_in* in the words of *texts*."""
    how, end = f"event.{sign_in.event.partition(':')[0]}", f"outcome.{sign_in.reason}"
    where = ", ".join(filter(None, (sign_in.caller, sign_in.address, sign_in.device)))
    return SignInWords(
        texts(how if how in texts else "event.other"), texts(end if end in texts else "outcome.other"), where
    )


def day(instant: Instant | None) -> str:
    """Return the day of *instant* in UTC, such as ``2026-11-22``; empty for never."""
    return minute(instant)[:10] if instant else ""


def minute(instant: Instant) -> str:
    """Return *instant* in UTC, to the minute.

    >>> minute(1_700_000_000_000_000)
    '2023-11-14 22:13'
    """
    return datetime.fromtimestamp(instant // MICROSECONDS, UTC).strftime("%Y-%m-%d %H:%M")
