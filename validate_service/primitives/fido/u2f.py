"""U2F: a new key is one, and a known key has signed (FIDO U2F Raw Message Formats 1.2, sections 4 and 5)."""

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from validate_service.primitives.fido.client_data import ClientDataType, Question, require_client_data
from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError
from validate_service.primitives.fido.public_keys import encoded, has_signed, is_signature_of, key_of_point
from validate_service.primitives.fido.raw_messages import key_info_of, read_registration_data, read_signature_data
from validate_service.primitives.fido.registered_key import RegisteredKey

NEVER_USED = -1
"""The counter of a new key: a registration does not say how many signatures the key has made."""


def verify_registration(question: Question, client_data: bytes, registration_data: bytes) -> RegisteredKey:
    """Return the key that registers itself.

    Args:
        question: What was asked.
        client_data: What the browser says, out of its Base64.
        registration_data: What the key says, out of its Base64.

    Raises:
        FidoRefusedError: ``MALFORMED``, ``WRONG_TYP``, ``WRONG_CHALLENGE``, ``FOREIGN_ORIGIN``, ``BAD_PUBLIC_KEY``,
            ``BAD_CERTIFICATE``, ``BAD_ATTESTATION``.
    """
    require_client_data(client_data, ClientDataType.U2F_REGISTRATION, question)
    registration = read_registration_data(registration_data)
    # Before the signature: that covers bytes, and they may still be no point.
    public_key = key_of_point(registration.public_key)
    told = _sha256(question.app_id.encode()) + _sha256(client_data)
    signed = b"\0" + told + registration.key_handle + registration.public_key
    if not is_signature_of(_attestation_key(registration.certificate), registration.signature, signed):
        raise FidoRefusedError(FidoFlaw.BAD_ATTESTATION)
    return RegisteredKey(registration.key_handle, encoded(public_key), NEVER_USED)


def verify_signature(
    question: Question, client_data: bytes, signature_data: bytes, *, public_key: bytes, last_counter: int
) -> int:
    """Return the counter of a known key that has signed.

    Args:
        question: What was asked; the application is that which the key was registered for.
        client_data: What the browser says, out of its Base64.
        signature_data: What the key says, out of its Base64.
        public_key: The key's own, as :class:`RegisteredKey` has it.
        last_counter: Highest counter already accepted of this key; ``-1`` if none.

    Returns:
        The counter, greater than *last_counter*.  The caller stores it where it still is, in the same transaction,
        before it answers.

    Raises:
        FidoRefusedError: ``MALFORMED``, ``WRONG_TYP``, ``WRONG_CHALLENGE``, ``FOREIGN_ORIGIN``, ``BAD_SIGNATURE``,
            ``NO_USER_PRESENCE``, ``COUNTER_NOT_GREATER``.
    """
    require_client_data(client_data, ClientDataType.U2F_SIGNATURE, question)
    signature = read_signature_data(signature_data)
    signed = _sha256(question.app_id.encode()) + signature.stated + _sha256(client_data)
    if not has_signed(public_key, signature.signature, signed):
        raise FidoRefusedError(FidoFlaw.BAD_SIGNATURE)
    # Only now, as anybody can state an old counter: it must not be taken for a cloned key.
    if not signature.user_present:
        raise FidoRefusedError(FidoFlaw.NO_USER_PRESENCE)
    if signature.counter <= last_counter:
        raise FidoRefusedError(FidoFlaw.COUNTER_NOT_GREATER)
    return signature.counter


def _attestation_key(certificate: bytes) -> EllipticCurvePublicKey:
    """Return the public key of *certificate*."""
    try:
        public_key = load_der_public_key(key_info_of(certificate))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FidoRefusedError(FidoFlaw.BAD_CERTIFICATE) from error
    if not isinstance(public_key, EllipticCurvePublicKey) or not isinstance(public_key.curve, SECP256R1):
        raise FidoRefusedError(FidoFlaw.BAD_CERTIFICATE)
    return public_key


def _sha256(data: bytes) -> bytes:
    """Return the form in which the key is told of application and client data."""
    return hashlib.sha256(data).digest()
