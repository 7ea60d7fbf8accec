"""Authenticators of our own: phones that answer pushes with a key that never leaves them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from validate_service.core.model.callers import Tenant
from validate_service.core.model.instants import Instant
from validate_service.core.model.users import User
from validate_service.core.names import UserName


class KeyKind(StrEnum):
    """How a phone keeps its key."""

    WEBCRYPTO = "webcrypto"
    """A key that the browser makes and does not let out (Web Cryptography API, ``extractable`` false)."""

    PASSKEY = "passkey"
    """A key of the phone itself, which asks for a finger, a face or the phone's own PIN (WebAuthn)."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a phone's push service takes messages for it (W3C Push API).

    Attributes:
        endpoint: The https URL to post to; whoever knows it may try to.
        message_key: The phone's public key for messages, an uncompressed point on P-256, 65 bytes (``p256dh``).
        message_secret: What the phone and the server share besides, 16 bytes (``auth``).
    """

    endpoint: str = field(repr=False)
    message_key: bytes = field(repr=False)
    message_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """An authenticator with a key of its own.

    Attributes:
        device_id: Number of its device's row.
        uid: What it calls itself: 32 hex digits.
        serial: Its device's name for people.
        name: What its user calls it.
        kind: How it keeps its key.
        public_key: ``SubjectPublicKeyInfo`` in DER.
        credential_id: Id of a passkey; ``None`` for other keys.
        counter: How often a passkey that counts has signed.
        enabled: False after an operator, or its user, disabled it.
        subscription: Where messages reach it; ``None`` if only its open page learns of pushes.
        created_at: When it was enrolled.
        seen_at: When it was last let in; ``None`` if never.
    """

    device_id: int
    uid: str
    serial: str
    name: str
    kind: KeyKind
    public_key: bytes
    credential_id: bytes | None
    counter: int
    enabled: bool
    subscription: Subscription | None
    created_at: Instant
    seen_at: Instant | None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a phone is, or is to be.

    Attributes:
        tenant: The user's tenant.
        user: The user, with the name as enrolled.
        language: The user's language tag.
    """

    tenant: Tenant
    user: User
    language: str


@dataclass(frozen=True, slots=True)
class PhoneSession:
    """A session of a phone, as storage finds it.

    Attributes:
        owner: Whose phone it is.
        authenticator: The phone.
        began_at: When the phone was let in.
        seen_at: When the session was last used, as far as that was noted.
    """

    owner: Owner
    authenticator: Authenticator
    began_at: Instant
    seen_at: Instant


@dataclass(frozen=True, slots=True)
class KeySignature:
    """What a WebCrypto key signed: the two numbers of ECDSA, 32 bytes each (IEEE P1363)."""

    signature: bytes


@dataclass(frozen=True, slots=True)
class PasskeySignature:
    """What a passkey signed: the parts of an ``AuthenticatorAssertionResponse``, out of their Base64."""

    client_data: bytes
    authenticator_data: bytes
    signature: bytes


Signature: TypeAlias = KeySignature | PasskeySignature
"""What a phone signed, with whichever kind of key."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A WebCrypto key on its way in: ``SubjectPublicKeyInfo`` in DER, and what it signed to show that it is there."""

    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey on its way in: the parts of an ``AuthenticatorAttestationResponse``, out of their Base64."""

    client_data: bytes
    attestation_object: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an enrolment link opens.

    Attributes:
        user: Whose phone is to be enrolled.
        organisation: What messages call the tenant; empty for the service's name.
        language: The user's language tag.
        kind: Which kind of key the tenant asks for.
        challenge: 32 bytes that the new key is to sign.
        user_handle: What a passkey is to call the user; tells nothing.
        expires_at: Until when the link is good.
    """

    user: UserName
    organisation: str
    language: str
    kind: KeyKind
    challenge: bytes
    user_handle: bytes
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class EnrolledPhone:
    """A phone that was just enrolled.

    Attributes:
        uid: What it is to call itself.
        serial: Its device's name for people.
        session: The token of its first session, which nobody else learns.
    """

    uid: str
    serial: str
    session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInChallenge:
    """What a phone is to sign to be let in; of a phone that does not exist it looks the same.

    Attributes:
        challenge: 32 bytes.
        kind: Which kind of key is to sign.
        credential_id: Id of the passkey that is to sign; ``None`` for other keys.
    """

    challenge: bytes
    kind: KeyKind
    credential_id: bytes | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a phone that was let in.

    Attributes:
        authenticator: The phone.
        user: Whose it is, with the name as enrolled.
        tenant: The user's tenant.
        language: The user's language tag.
        form_token: What every form of this session must carry; nobody else's page can know it.
        session_hash: What the database keeps in place of the session's token.
        began_at: When the phone was let in.
    """

    authenticator: Authenticator
    user: User
    tenant: Tenant
    language: str
    form_token: str = field(repr=False)
    session_hash: bytes = field(repr=False)
    began_at: Instant

    @property
    def owner(self) -> Owner:
        """Whose the phone is."""
        return Owner(self.tenant, self.user, self.language)


@dataclass(frozen=True, slots=True)
class PushQuestion:
    """A push as its user is shown it: what a phone signs are exactly these texts, and never what it must type.

    Attributes:
        id: The approval's id, 32 hex digits.
        user: Who is signing in.
        login_to: Where; may be empty.
        address: From which address; may be empty.
        message: The caller's own text; may be empty.
        asked_at: When it was asked.
        expires_at: After this instant no answer counts.
        needs_number: Whether the user must type the number that the caller shows, to approve.
        needs_pin: Whether the user must type the PIN, to approve.
        test: Whether the phone asked it itself: then it opens nothing.
    """

    id: str
    user: str
    login_to: str
    address: str
    message: str
    asked_at: Instant
    expires_at: Instant
    needs_number: bool
    needs_pin: bool
    test: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt to verify a user, as its user sees it.

    Attributes:
        event: What was tried, in the audit trail's words, such as ``otp:verify``.
        reason: How it ended.
        caller: Which portal asked.
        address: From which address the call came.
        device: Serial of the device that was used; may be empty.
        at: When.
    """

    event: str
    reason: str
    caller: str
    address: str
    device: str
    at: Instant
