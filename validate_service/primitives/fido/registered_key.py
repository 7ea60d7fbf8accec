"""A key that has just registered itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """What is kept of a new key.

    Attributes:
        handle: How the key finds its own private key again: U2F's key handle, at most 255 bytes, or WebAuthn's
            credential id, at most 1023.
        public_key: ``SubjectPublicKeyInfo`` in DER.
        counter: How many signatures it has made; ``-1`` if it did not say.
    """

    handle: bytes
    public_key: bytes
    counter: int
