"""WebAuthn: a new key is one, and a known key has signed (Web Authentication Level 2, sections 7.1 and 7.2)."""

import hashlib
import hmac
from struct import error as StructError  # noqa: N812 - a class
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from fido2.attestation.base import Attestation, InvalidAttestation
from fido2.webauthn import AttestationObject, AuthenticatorData

from validate_service.primitives.fido.client_data import ClientDataType, Question, require_client_data
from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError
from validate_service.primitives.fido.public_keys import encoded, has_signed, key_of_cose
from validate_service.primitives.fido.registered_key import RegisteredKey

LONGEST_CREDENTIAL_ID = 1023

_UNREADABLE = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, StructError),
    *(RuntimeError, UnsupportedAlgorithm),
)
"""What the readers of CBOR and certificates raise when the bytes are something else than they expect; ``RuntimeError``
for bytes that nest too deeply, and for kinds of attestation that they do not check."""


def rp_id_of(app_id: str) -> str:
    """Return the identifier of the relying party (section 5.4.2) for an application that U2F knew by URL: its host.

    >>> rp_id_of("https://mfa.example.org/app-id.json")
    'mfa.example.org'
    """
    return urlsplit(app_id).hostname or ""


def verify_registration(question: Question, client_data: bytes, attestation_object: bytes) -> RegisteredKey:
    """Return the key that registers itself.

    Args:
        question: What was asked.
        client_data: ``clientDataJSON``, out of its Base64.
        attestation_object: ``attestationObject``, out of its Base64.  A statement in it must be right, but nobody
            vouches for whoever made it.

    Raises:
        FidoRefusedError: ``MALFORMED``, ``WRONG_TYP``, ``WRONG_CHALLENGE``, ``FOREIGN_ORIGIN``,
            ``FOREIGN_APPLICATION``, ``NO_USER_PRESENCE``, ``BAD_PUBLIC_KEY``, ``BAD_ATTESTATION``.
    """
    require_client_data(client_data, ClientDataType.WEBAUTHN_REGISTRATION, question)
    try:
        attestation = AttestationObject(attestation_object)
    except _UNREADABLE as error:
        raise FidoRefusedError(FidoFlaw.MALFORMED) from error
    said = attestation.auth_data
    credential = said.credential_data
    if credential is None or not 1 <= len(credential.credential_id) <= LONGEST_CREDENTIAL_ID:
        raise FidoRefusedError(FidoFlaw.MALFORMED)
    _require_present(said, _sha256(rp_id_of(question.app_id).encode()))
    public_key = key_of_cose(credential.public_key)
    _require_attested(attestation, client_data)
    return RegisteredKey(credential.credential_id, encoded(public_key), said.counter)


def verify_assertion(
    question: Question,
    client_data: bytes,
    authenticator_data: bytes,
    signature: bytes,
    *,
    public_key: bytes,
    last_counter: int,
    registered_as_u2f: bool,
) -> int:
    """Return the counter of a known key that has signed.

    Args:
        question: What was asked; the application is that which the key was registered for.
        client_data: ``clientDataJSON``, out of its Base64.
        authenticator_data: ``authenticatorData``, out of its Base64.
        signature: ``signature``, out of its Base64.
        public_key: The key's own, as :class:`RegisteredKey` has it.
        last_counter: Highest counter already accepted of this key; ``-1`` if none.
        registered_as_u2f: Whether the key knows the application by its URL, and not by its host (section 10.1, the
            extension ``appid``).

    Returns:
        The counter: greater than *last_counter*, or 0 again of a key that does not count (section 6.1.1).

    Raises:
        FidoRefusedError: ``MALFORMED``, ``WRONG_TYP``, ``WRONG_CHALLENGE``, ``FOREIGN_ORIGIN``, ``BAD_SIGNATURE``,
            ``FOREIGN_APPLICATION``, ``NO_USER_PRESENCE``, ``COUNTER_NOT_GREATER``.
    """
    require_client_data(client_data, ClientDataType.WEBAUTHN_SIGNATURE, question)
    try:
        said = AuthenticatorData(authenticator_data)
    except _UNREADABLE as error:
        raise FidoRefusedError(FidoFlaw.MALFORMED) from error
    if not has_signed(public_key, signature, authenticator_data + _sha256(client_data)):
        raise FidoRefusedError(FidoFlaw.BAD_SIGNATURE)
    known_as = question.app_id if registered_as_u2f else rp_id_of(question.app_id)
    _require_present(said, _sha256(known_as.encode()))
    if said.counter <= last_counter and (said.counter, last_counter) != (0, 0):
        raise FidoRefusedError(FidoFlaw.COUNTER_NOT_GREATER)
    return said.counter


def _require_present(said: AuthenticatorData, application: bytes) -> None:
    """Require that the key answered for *application*, and that somebody touched it."""
    if not hmac.compare_digest(said.rp_id_hash, application):
        raise FidoRefusedError(FidoFlaw.FOREIGN_APPLICATION)
    if not said.is_user_present():
        raise FidoRefusedError(FidoFlaw.NO_USER_PRESENCE)


def _require_attested(attestation: AttestationObject, client_data: bytes) -> None:
    verifier = Attestation.for_type(attestation.fmt)()
    try:
        verifier.verify(attestation.att_stmt, attestation.auth_data, _sha256(client_data))
    except (InvalidAttestation, *_UNREADABLE) as error:
        raise FidoRefusedError(FidoFlaw.BAD_ATTESTATION) from error


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
