"""A security key in software, and the browser in front of it; both can be told to misbehave."""

import datetime as dt
import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

REGISTRATION_TYP = "navigator.id.finishEnrollment"
SIGNATURE_TYP = "navigator.id.getAssertion"

_MAKER = ec.generate_private_key(ec.SECP256R1())
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Software Key")])
_MADE = dt.datetime(2020, 1, 1)
_LIFETIME = dt.timedelta(days=36500)


@dataclass(frozen=True)
class Answer:
    """What the page gets from the browser, out of its Base64.

    Attributes:
        client_data: The browser's JSON.
        message: The key's registration or signature data.
    """

    client_data: bytes
    message: bytes


def client_data(typ: str, challenge: bytes, origin: str) -> bytes:
    """Return what an honest browser says."""
    websafe = urlsafe_b64encode(challenge).rstrip(b"=").decode()
    return json.dumps({"typ": typ, "challenge": websafe, "origin": origin}).encode()


def point_of(private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as it stands in messages."""
    return private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def certificate_for(public_key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> bytes:
    """Return a certificate of *public_key* in DER, signed by the maker of this key."""
    builder = x509.CertificateBuilder(_NAME, _NAME, public_key, 1, _MADE, _MADE + _LIFETIME)
    return builder.sign(_MAKER, SHA256()).public_bytes(Encoding.DER)


class SoftwareKey:
    """A key with one counter for all registrations, as most keys have.

    Attributes:
        counter: How many signatures it has made; set it back to clone or replay.
        last_private_key: The one that was registered last.
    """

    def __init__(
        self, *, attestation_key: ec.EllipticCurvePrivateKey | None = None, certificate: bytes | None = None
    ) -> None:
        self.counter = 0
        self.last_private_key = ec.generate_private_key(ec.SECP256R1())
        self._attestation_key = attestation_key or ec.generate_private_key(ec.SECP256R1())
        self._certificate = certificate or certificate_for(self._attestation_key.public_key())
        self._private_keys: dict[bytes, ec.EllipticCurvePrivateKey] = {}

    def register(
        self,
        app_id: str,
        said: bytes,
        *,
        public_key: bytes | None = None,
        private_key: ec.EllipticCurvePrivateKey | None = None,
    ) -> Answer:
        """Answer the browser, which *said* what, with a new key pair, or with *private_key* again.

        With *public_key*, state that one in place of the right one.
        """
        private_key = private_key or ec.generate_private_key(ec.SECP256R1())
        self.last_private_key = private_key
        key_handle = hashlib.sha512(point_of(private_key)).digest()
        self._private_keys[key_handle] = private_key
        point = public_key or point_of(private_key)
        signed = b"\0" + _sha256(app_id.encode()) + _sha256(said) + key_handle + point
        signature = self._attestation_key.sign(signed, ec.ECDSA(SHA256()))
        head = b"\5" + point + bytes([len(key_handle)]) + key_handle
        return Answer(said, head + self._certificate + signature)

    def sign(self, app_id: str, said: bytes, *, key_handle: bytes, presence: int = 1) -> Answer:
        """Count, and answer with the private key of *key_handle*; *presence* 0 means that nobody touched the key."""
        self.counter += 1
        stated = bytes([presence]) + self.counter.to_bytes(4, "big")
        signed = _sha256(app_id.encode()) + stated + _sha256(said)
        return Answer(said, stated + self._private_keys[key_handle].sign(signed, ec.ECDSA(SHA256())))


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
