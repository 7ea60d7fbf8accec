"""A WebAuthn authenticator in software, and the browser in front of it; both can be told to misbehave.

Its bytes are put together by hand, so that no reader is tested with its own writer.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

CREATE, GET = "webauthn.create", "webauthn.get"
PRESENT, VERIFIED, ATTESTED = 1, 4, 0x40
AAGUID = bytes(16)


def said(typ: str, challenge: bytes, origin: str) -> bytes:
    """Return what an honest browser says."""
    websafe = urlsafe_b64encode(challenge).rstrip(b"=").decode()
    return json.dumps({"type": typ, "challenge": websafe, "origin": origin, "crossOrigin": False}).encode()


def cbor(value: object) -> bytes:
    """Return *value* in CBOR (RFC 8949): integers, bytes, text, lists and maps."""
    match value:
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            return _head(5, len(value)) + b"".join(cbor(key) + cbor(one) for key, one in value.items())
    raise TypeError(type(value))


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    size = 1 if number < 2**8 else 2
    return bytes([kind << 5 | 23 + size]) + number.to_bytes(size, "big")


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def cose_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> dict[object, object]:
    """Return the public key of *key* as a COSE_Key (RFC 9052 section 7)."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: -257, -1: _number(numbers.n), -2: _number(numbers.e)}
    point = key.public_key().public_numbers()
    return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}


@dataclass
class SoftwarePasskey:
    """One key pair.

    Attributes:
        private_key: Its private key.
        credential_id: How it is found again.
        counter: How many signatures it has made; set it back to clone or replay.
        flags: What it says of its user.
    """

    private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = b"credential"
    counter: int = 0
    flags: int = PRESENT

    def authenticator_data(self, rp_id: str, *, new: bool = False, cose: dict[object, object] | None = None) -> bytes:
        """Return what the key says (Web Authentication Level 2, section 6.1)."""
        stated = hashlib.sha256(rp_id.encode()).digest()
        stated += bytes([self.flags | (ATTESTED if new else 0)]) + self.counter.to_bytes(4, "big")
        if not new:
            return stated
        credential = AAGUID + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        return stated + credential + cbor(cose or cose_of(self.private_key))

    def register(self, rp_id: str, client_data: bytes, *, fmt: str = "none", **more: object) -> bytes:
        """Return the attestation object of a new key; with ``packed``, attested by itself."""
        data = self.authenticator_data(rp_id, new=True, **more)  # type: ignore[arg-type]
        statement: dict[object, object] = {}
        if fmt == "packed":
            statement = {"alg": -7, "sig": self.signature(data, client_data)}
        return cbor({"fmt": fmt, "attStmt": statement, "authData": data})

    def sign(self, rp_id: str, client_data: bytes) -> tuple[bytes, bytes]:
        """Count, and return the authenticator data and the signature."""
        self.counter += 1
        data = self.authenticator_data(rp_id)
        return data, self.signature(data, client_data)

    def signature(self, data: bytes, client_data: bytes) -> bytes:
        """Return the signature over both."""
        signed = data + hashlib.sha256(client_data).digest()
        if isinstance(self.private_key, rsa.RSAPrivateKey):
            return self.private_key.sign(signed, PKCS1v15(), SHA256())
        return self.private_key.sign(signed, ec.ECDSA(SHA256()))
