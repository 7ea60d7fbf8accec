"""What a call of the scripts holds.  Names are in lower case, as :func:`read_object` gives them."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import require_text
from validate_service.core.model import (
    KeySignature,
    NewKey,
    NewPasskey,
    PasskeySignature,
    Subscription,
)

LONGEST_TEXT = 256
LONGEST_ENDPOINT = 2048
LONGEST_DATA = 16_384
"""Most characters: of what users type, of a push service's URL, of Base64."""

Members = Mapping[str, object]


def text(members: Members, name: str, *, longest: int = LONGEST_TEXT) -> str:
    """Return the text *name*; empty if it is missing.

    Raises:
        MalformedRequestError: it is no text, too long, or holds what no text may.
    """
    value = members.get(name, "")
    if not isinstance(value, str):
        raise MalformedRequestError(f"{name} must be text.")
    return require_text(name, value, longest=longest)


def flag(members: Members, name: str) -> bool:
    """Return whether *name* is true.

    Raises:
        MalformedRequestError: it is neither true nor false, or missing: nothing is approved by leaving it out.
    """
    value = members.get(name)
    if not isinstance(value, bool):
        raise MalformedRequestError(f"{name} must be true or false.")
    return value


def data(members: Members, name: str) -> bytes:
    """Return the bytes *name*, written in Base64 for URLs without padding (RFC 4648 section 5).

    Raises:
        MalformedRequestError: it is not written so.
    """
    written = text(members, name, longest=LONGEST_DATA)
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise MalformedRequestError(f"{name} must be in Base64 for URLs.") from None


def written(value: bytes) -> str:
    """Return *value* as :func:`data` reads it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def inner(members: Members, name: str) -> Members:
    """Return the object *name*.

    Raises:
        MalformedRequestError: it is none.
    """
    value: Any = members.get(name)
    if not isinstance(value, dict):
        raise MalformedRequestError(f"{name} must be an object.")
    return value


def new_key(members: Members) -> NewKey | NewPasskey:
    """Return the key on its way in that the object ``key`` holds."""
    key = inner(members, "key")
    if "attestation" in key:
        return NewPasskey(data(key, "client_data"), data(key, "attestation"))
    return NewKey(data(key, "public_key"), data(key, "signature"))


def signature(members: Members) -> KeySignature | PasskeySignature:
    """Return what a phone signed, which the object ``signed`` holds."""
    signed = inner(members, "signed")
    if "client_data" in signed:
        return PasskeySignature(
            data(signed, "client_data"), data(signed, "authenticator_data"), data(signed, "signature")
        )
    return KeySignature(data(signed, "signature"))


def subscription(members: Members) -> Subscription:
    """Return where messages reach a phone, as ``PushSubscription.toJSON()`` tells it (W3C Push API)."""
    keys = inner(members, "keys")
    endpoint = text(members, "endpoint", longest=LONGEST_ENDPOINT)
    return Subscription(endpoint, message_key=data(keys, "p256dh"), message_secret=data(keys, "auth"))
