"""A phone in software: its key, as a browser makes it, and the honest page in front of it; both can be told to lie."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.primitives.software_passkey import CREATE, GET, PRESENT, VERIFIED, SoftwarePasskey, said
from validate_service.core.calls import Call
from validate_service.core.model import (
    EnrolledPhone,
    Holder,
    KeyKind,
    KeySignature,
    NewKey,
    NewPasskey,
    PasskeySignature,
    PushQuestion,
    Signature,
)
from validate_service.core.origin import Origin
from validate_service.core.outcomes import Decision
from validate_service.core.services import Core
from validate_service.primitives.phone_statements import answer_statement, enrolment_statement, sign_in_statement

URL = "https://mfa.example.org"
RP_ID = "mfa.example.org"


def raw_signature(private_key: ec.EllipticCurvePrivateKey, signed: bytes) -> bytes:
    """Return a signature as WebCrypto makes it: the two numbers, 32 bytes each."""
    r, s = decode_dss_signature(private_key.sign(signed, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def spki_of(private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as WebCrypto exports it."""
    return private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def phone_call(operation: str = "test", address: str = "198.51.100.7") -> Call:
    """Return a call as the phones' pages make it."""
    return Call(Origin("pingme", operation, address, "test"))


@dataclass
class SoftwarePhone:
    """One phone.

    Attributes:
        kind: How it keeps its key.
        private_key: The key, if it is WebCrypto's.
        passkey: The passkey, if it is one.
        origin: The page that asks the passkey.
        rp_id: The relying party that the passkey answers to.
        uid: What it calls itself, once it is enrolled.
        serial: What its device is called, once it is enrolled.
        session: Token of its session, once it is let in.
    """

    kind: KeyKind = KeyKind.WEBCRYPTO
    private_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    passkey: SoftwarePasskey = field(default_factory=lambda: SoftwarePasskey(flags=PRESENT | VERIFIED))
    origin: str = URL
    rp_id: str = RP_ID
    uid: str = ""
    serial: str = ""
    session: str = ""

    def new_key(self, challenge: bytes, name: str) -> NewKey | NewPasskey:
        """Show the key that is to be enrolled."""
        statement = enrolment_statement(challenge, name)
        if self.kind is KeyKind.WEBCRYPTO:
            return NewKey(spki_of(self.private_key), raw_signature(self.private_key, statement))
        client_data = said(CREATE, hashlib.sha256(statement).digest(), self.origin)
        return NewPasskey(client_data, self.passkey.register(self.rp_id, client_data))

    def sign(self, statement: bytes) -> Signature:
        """Sign what somebody states."""
        if self.kind is KeyKind.WEBCRYPTO:
            return KeySignature(raw_signature(self.private_key, statement))
        client_data = said(GET, hashlib.sha256(statement).digest(), self.origin)
        return PasskeySignature(client_data, *self.passkey.sign(self.rp_id, client_data))

    def signed_answer(
        self, question: PushQuestion, *, approve: bool, number: str = "", shown: Mapping[str, Any] | None = None
    ) -> Signature:
        """Sign the answer to *question*, or to what the phone has *shown* in place of some of it."""
        stated: dict[str, Any] = {
            "uid": self.uid,
            "approval_id": question.id,
            "user": question.user,
            "login_to": question.login_to,
            "address": question.address,
            "message": question.message,
            "asked_at": question.asked_at,
            "expires_at": question.expires_at,
            "number": number,
            "approve": approve,
        }
        return self.sign(answer_statement(**stated | dict(shown or {})))

    def enrol(self, core: Core, token: str, name: str = "My phone") -> EnrolledPhone | Decision:
        """Open the link with *token* and enrol the phone."""
        invitation = core.phone_enrolment.open(phone_call(), token)
        enrolled = core.phone_enrolment.enrol(phone_call(), token, name, self.new_key(invitation.challenge, name))
        if isinstance(enrolled, EnrolledPhone):
            self.uid, self.serial, self.session = enrolled.uid, enrolled.serial, enrolled.session
        return enrolled

    def sign_in(self, core: Core) -> str | Decision:
        """Sign a challenge and be let in."""
        challenge = core.phone_sessions.challenge(self.uid).challenge
        begun = core.phone_sessions.begin(phone_call(), self.uid, self.sign(sign_in_statement(self.uid, challenge)))
        if isinstance(begun, str):
            self.session = begun
        return begun

    def holder(self, core: Core) -> Holder:
        """Return who holds the phone, by its session."""
        holder = core.phone_sessions.find(self.session)
        if holder is None:
            raise LookupError("the phone has no session")
        return holder

    def question(self, core: Core) -> PushQuestion:
        """Return the one push that the phone shows."""
        (question,) = core.phone_inbox.pending(self.holder(core))
        return question

    def answer(
        self,
        core: Core,
        question: PushQuestion,
        *,
        approve: bool = True,
        number: str = "",
        pin: str = "",
        shown: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Answer *question*, having *shown* something else perhaps."""
        signature = self.signed_answer(question, approve=approve, number=number, shown=shown)
        return self.send(core, question.id, approve=approve, number=number, pin=pin, signature=signature)

    def send(self, core: Core, approval_id: str, **fields: Any) -> Decision:
        """Send an answer that was signed before."""
        return core.phone_answers.answer(phone_call(), self.holder(core), approval_id, **fields)

    def copy(self) -> "SoftwarePhone":
        """Return a copy that counts for itself from now on."""
        return replace(self, passkey=replace(self.passkey))
