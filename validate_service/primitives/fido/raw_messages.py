"""Raw messages: what a security key answers, byte by byte (FIDO U2F Raw Message Formats 1.2, sections 4.3 and 5.4).

Registration:

======  ====  ==========================================================================================
offset  size  content
======  ====  ==========================================================================================
0       1     5
1       65    public key: an uncompressed point on P-256
66      1     length of the key handle
67      n     key handle
67+n    m     attestation certificate, which tells its own length: X.509 in DER
67+n+m        ECDSA signature in DER, made with the certificate's key
======  ====  ==========================================================================================

Signature:

======  ====  ==========================================================================================
offset  size  content
======  ====  ==========================================================================================
0       1     user presence: bit 0 says whether somebody touched the key
1       4     counter, big endian
5             ECDSA signature in DER, made with the key
======  ====  ==========================================================================================
"""

from dataclasses import dataclass
from typing import NamedTuple

from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError

_RESERVED = b"\5"
_POINT_BYTES, _COUNTER_BYTES = 65, 4
_PRESENT = 1
_LONG_LENGTHS = 0x80
_SEQUENCE, _VERSION = b"\x30", b"\xa0"
_BEFORE_THE_KEY = ("serial number", "algorithm", "issuer", "validity", "subject")


@dataclass(frozen=True, slots=True)
class RegistrationData:
    """The first table; nothing in it is checked but the layout."""

    public_key: bytes
    key_handle: bytes
    certificate: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignatureData:
    """The second table; nothing in it is checked but the layout.

    Attributes:
        stated: The bytes of presence and counter, over which the signature is made.
        signature: ECDSA in DER.
    """

    stated: bytes
    signature: bytes

    @property
    def user_present(self) -> bool:
        """Whether somebody touched the key."""
        return bool(self.stated[0] & _PRESENT)

    @property
    def counter(self) -> int:
        """How many signatures the key has made."""
        return int.from_bytes(self.stated[1:], "big")


def read_registration_data(registration_data: bytes) -> RegistrationData:
    """Return the parts of a registration.

    Raises:
        FidoRefusedError: ``MALFORMED``.
    """
    reader = _Reader(registration_data)
    if reader.take(1) != _RESERVED:
        raise FidoRefusedError(FidoFlaw.MALFORMED)
    public_key = reader.take(_POINT_BYTES)
    key_handle = reader.take(reader.take(1)[0])
    certificate = reader.take_element().whole
    return RegistrationData(public_key, key_handle, certificate, reader.rest)


def read_signature_data(signature_data: bytes) -> SignatureData:
    """Return the parts of a signature.

    Raises:
        FidoRefusedError: ``MALFORMED``.
    """
    reader = _Reader(signature_data)
    stated = reader.take(1 + _COUNTER_BYTES)
    return SignatureData(stated, reader.rest)


def key_info_of(certificate: bytes) -> bytes:
    """Return the ``SubjectPublicKeyInfo`` of *certificate* in DER (RFC 5280 section 4.1).

    Nothing else of it is read: many of the first keys carry certificates with a wrong byte in their signature, which a
    reader of X.509 refuses as a whole.

    Raises:
        FidoRefusedError: ``MALFORMED``.
    """
    to_be_signed = _inside(_inside(certificate))
    fields = _Reader(to_be_signed)
    if to_be_signed.startswith(_VERSION):
        fields.take_element()
    for _ in _BEFORE_THE_KEY:
        fields.take_element()
    return fields.take_element().whole


def _inside(sequence: bytes) -> bytes:
    """Return the content of the ``SEQUENCE`` with which *sequence* begins."""
    if not sequence.startswith(_SEQUENCE):
        raise FidoRefusedError(FidoFlaw.MALFORMED)
    return _Reader(sequence).take_element().content


class _Element(NamedTuple):
    """One element of DER, with its tag and length and without."""

    whole: bytes
    content: bytes


class _Reader:
    """Bytes that are taken from the front; what ends too early is malformed.

    Attributes:
        rest: What was not taken yet.
    """

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, size: int) -> bytes:
        """Take *size* bytes."""
        taken, self.rest = self.rest[:size], self.rest[size:]
        if len(taken) < size:
            raise FidoRefusedError(FidoFlaw.MALFORMED)
        return taken

    def take_element(self) -> _Element:
        """Take one element of DER."""
        header = self.take(2)
        size = header[1]
        if size >= _LONG_LENGTHS:
            length = self.take(size - _LONG_LENGTHS)
            header, size = header + length, int.from_bytes(length, "big")
        content = self.take(size)
        return _Element(header + content, content)
