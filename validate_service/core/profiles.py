"""What may be said of a user besides the name, as administrators spell it, and how it is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from validate_service.core.errors import PolicyError
from validate_service.core.fields import LONGEST_NAME, folded, require_text
from validate_service.core.model import ProfileUpdate, Role

# Windows estates have mail domains such as corp.local: what the public DNS never answers is good enough here.
SPECIAL_USE_DOMAIN_NAMES.clear()

Value = TypeVar("Value")

LONGEST_CARRIER = 64
FEWEST_DIGITS, MOST_DIGITS = 6, 15
"""Of a phone number; E.164 section 6.1 allows 15."""

_PHONE_SEPARATORS = re.compile(r"[ ().\-/\u00a0]")
_PHONE = re.compile(rf"\+?[0-9]{{{FEWEST_DIGITS},{MOST_DIGITS}}}")
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(-[A-Za-z0-9]{2,8})?")
_LANGUAGE_NAMES: Mapping[str, str] = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "italian": "it",
    "italiano": "it",
    "dutch": "nl",
    "nederlands": "nl",
    "portuguese": "pt",
    "português": "pt",
    "polish": "pl",
    "polski": "pl",
}
_STATES: Mapping[str, bool] = {"enabled": True, "active": True, "disabled": False, "inactive": False}
_ROLES: Mapping[str, Role] = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What an administrator says about a user; ``None`` leaves a field as it is.

    Attributes:
        email: Mail address; empty for none.
        phone: Phone number, with country code and any separators; empty for none.
        carrier: The phone's carrier; empty for none.
        language: Language tag (``de``, ``de-AT``) or name (``German``, ``Deutsch [German]``); empty leaves it.
        roles: ``User``, ``Admin`` or both, with commas between; empty leaves them.
        auth_set: Name of an authentication set; empty leaves it: to lift a limit takes more than a field left out.
        state: ``Enabled`` or ``Disabled``; empty leaves it.
        first_name: First name; empty for none.
        last_name: Last name; empty for none.
    """

    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    carrier: str | None = None
    language: str | None = None
    roles: str | None = None
    auth_set: str | None = None
    state: str | None = None
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)

    def accepted(self) -> ProfileUpdate:
        """Return the change as it is kept, without the authentication set, which only the database knows.

        Raises:
            PolicyError: a value is not acceptable; the text names the field and its rule.
            MalformedRequestError: a value is too long, or holds a character that is not allowed.
        """
        return ProfileUpdate(
            email=None if self.email is None else email_address(self.email),
            phone=None if self.phone is None else phone_number(self.phone),
            carrier=_stripped("carrier", self.carrier, longest=LONGEST_CARRIER),
            language=language_tag(self.language) if self.language else None,
            roles=roles_of(self.roles) if self.roles else None,
            enabled=_looked_up("state", _STATES, self.state) if self.state else None,
            first_name=_stripped("first name", self.first_name, longest=LONGEST_NAME),
            last_name=_stripped("last name", self.last_name, longest=LONGEST_NAME),
        )


def email_address(text: str) -> str:
    """Return *text* as the mail address that it spells, or empty.

    >>> email_address(" Alice@EXAMPLE.org ")
    'Alice@example.org'

    Raises:
        PolicyError: it spells none (RFC 5321 section 4.1.2, as read by email-validator).
    """
    if not text.strip():
        return ""
    try:
        return validate_email(text.strip(), check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise PolicyError("email is not an e-mail address.") from error


def phone_number(text: str) -> str:
    """Return *text* as digits with an optional leading ``+``, or empty; ``00`` at the beginning is a ``+``.

    >>> phone_number("+49 (171) 123-45 67"), phone_number("001 212 555 0100")
    ('+491711234567', '+12125550100')

    Raises:
        PolicyError: it holds anything but digits and separators, or too few or too many digits.
    """
    digits = _PHONE_SEPARATORS.sub("", text)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if digits and not _PHONE.fullmatch(digits):
        raise PolicyError(f"phone must have {FEWEST_DIGITS} to {MOST_DIGITS} digits, with the country code first.")
    return digits


def language_tag(text: str) -> str:
    """Return the tag of the language that *text* names; the vendor's ``Deutsch [German]`` is one name.

    >>> language_tag("English"), language_tag("Deutsch [German]"), language_tag("de-at")
    ('en', 'de', 'de-AT')

    Raises:
        PolicyError: it names none.
    """
    name = folded(text.partition("[")[0].strip())
    if tag := _LANGUAGE_NAMES.get(name):
        return tag
    match = _LANGUAGE_TAG.fullmatch(name)
    if match is None:
        raise PolicyError("language must be a tag such as de or de-AT, or a name such as English or German.")
    return match.group(1) + (match.group(2) or "").upper()


def roles_of(text: str) -> tuple[Role, ...]:
    """Return the roles that *text* names, with commas between.

    Raises:
        PolicyError: one is unknown.
    """
    return tuple(dict.fromkeys(_looked_up("roles", _ROLES, name) for name in text.split(",")))


def _stripped(field_name: str, text: str | None, *, longest: int) -> str | None:
    return None if text is None else require_text(field_name, text.strip(), longest=longest)


def _looked_up(field_name: str, known: Mapping[str, Value], text: str) -> Value:
    require_text(field_name, text, longest=LONGEST_NAME)
    found = known.get(folded(text.strip()))
    if found is None:
        raise PolicyError(f"{field_name} must be one of {', '.join(known)}.")
    return found
