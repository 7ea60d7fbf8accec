"""Every reason why an answer of a security key is not believed."""

from enum import StrEnum


class FidoFlaw(StrEnum):
    """What is wrong with an answer; each facade gives each flaw a code of its own."""

    MALFORMED = "malformed"
    """The client data is no JSON object with the three members, or what the key says is not in its layout."""
    WRONG_TYP = "wrong_typ"
    """The answer is to the other question: a registration is no signature."""
    WRONG_CHALLENGE = "wrong_challenge"
    """The answer is to another challenge."""
    FOREIGN_ORIGIN = "foreign_origin"
    """The page that asked is none of the application's facets."""
    BAD_PUBLIC_KEY = "bad_public_key"
    """The public key is no point on P-256, or of a kind that was not asked for."""
    BAD_CERTIFICATE = "bad_certificate"
    """The attestation's certificate holds no key on P-256."""
    BAD_ATTESTATION = "bad_attestation"
    """The new key is not attested by whoever its attestation names."""
    FOREIGN_APPLICATION = "foreign_application"
    """The key answered for another application."""
    BAD_SIGNATURE = "bad_signature"
    """The signature is not that of the key over this application, client data and answer."""
    NO_USER_PRESENCE = "no_user_presence"
    """Nobody touched the key."""
    COUNTER_NOT_GREATER = "counter_not_greater"
    """The key has counted this far before: the answer is replayed, or the key was cloned."""


class FidoRefusedError(Exception):
    """An answer has a flaw.

    Attributes:
        flaw: The first flaw that was found.
    """

    def __init__(self, flaw: FidoFlaw) -> None:
        """Keep *flaw*; the text names it, and holds nothing of the answer."""
        super().__init__(flaw.value)
        self.flaw = flaw
