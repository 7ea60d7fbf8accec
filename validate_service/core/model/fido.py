"""Security keys, the questions that are put to them, and their answers."""

from dataclasses import dataclass, field
from enum import StrEnum

from validate_service.core.model.instants import Instant


class FidoProtocol(StrEnum):
    """How a browser and a key speak."""

    U2F = "u2f"
    WEBAUTHN = "webauthn"


class FidoStep(StrEnum):
    """What a challenge was handed out for: one for a new key does not serve to sign."""

    ENROL = "enrol"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class FidoKey:
    """A key that a device holds for one application.

    Attributes:
        id: Number of the row.
        device: Serial of the device that holds it.
        device_enabled: False after an operator disabled the device, or its counter went back.
        app_id: The application, a URL.
        name: What its user calls it; may be empty.
        protocol: How it was enrolled.
        handle: How the device finds the private key again.
        public_key: ``SubjectPublicKeyInfo`` in DER.
        counter: Highest counter accepted; -1 if none.
    """

    id: int
    device: str
    device_enabled: bool
    app_id: str
    name: str
    protocol: FidoProtocol
    handle: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    counter: int


@dataclass(frozen=True, slots=True)
class FidoDevice:
    """A device of the kind FIDO, as an enrolment sees it.

    Attributes:
        id: Number of the row.
        serial: Its name for people.
        enabled: False after an operator disabled it, or its counter went back.
        holds_key: Whether it has a key for the application already.
    """

    id: int
    serial: str
    enabled: bool
    holds_key: bool


@dataclass(frozen=True, slots=True)
class Challenge:
    """One question that was put to a user's keys.

    Attributes:
        id: Random id, 32 hex digits.
        protocol: How it was put.
        app_id: The application, a URL.
        challenge: 32 random bytes.
        expires_at: From this instant on no answer counts.
    """

    id: str
    protocol: FidoProtocol
    app_id: str
    challenge: bytes
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class FidoRequest:
    """What a browser is to ask of a key.

    Attributes:
        challenge: The question.
        keys: The user's keys: those that may answer, or, at an enrolment, those that are there already.
        user_handle: What keys of our own are told of the user: 32 bytes that say nothing to others.
    """

    challenge: Challenge
    keys: tuple[FidoKey, ...]
    user_handle: bytes = b""


@dataclass(frozen=True, slots=True)
class Registration:
    """A new key's answer, out of its Base64.

    Attributes:
        client_data: What the browser says.
        message: What the key says: U2F's registration data, or WebAuthn's attestation object.
    """

    client_data: bytes = field(repr=False)
    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class U2fSignature:
    """A known key's answer over U2F, out of its Base64.

    Attributes:
        client_data: What the browser says.
        signature_data: What the key says.
        handle: Which key it is; empty if the caller does not say.
    """

    client_data: bytes = field(repr=False)
    signature_data: bytes = field(repr=False)
    handle: bytes = b""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A known key's answer over WebAuthn, out of its Base64.

    Attributes:
        client_data: What the browser says.
        authenticator_data: What the key says.
        signature: Its signature over both.
        handle: The credential id.
    """

    client_data: bytes = field(repr=False)
    authenticator_data: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    handle: bytes = b""
