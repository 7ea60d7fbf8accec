"""WebAuthn: what a key registers it signs with, and everything with one thing wrong is refused for that reason."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from tests.primitives.damage import one_bit_flips, truncations
from tests.primitives.software_passkey import (
    AAGUID,
    ATTESTED,
    CREATE,
    GET,
    PRESENT,
    SoftwarePasskey,
    cbor,
    cose_of,
    said,
)
from validate_service.primitives.fido.client_data import Question
from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError
from validate_service.primitives.fido.public_keys import encoded
from validate_service.primitives.fido.registered_key import RegisteredKey
from validate_service.primitives.fido.webauthn import verify_assertion, verify_registration

APP_ID, ORIGIN, RP_ID = "https://mfa.example.org/app-id.json", "https://login.example.org", "mfa.example.org"
CHALLENGE = bytes(range(32))
QUESTION = Question(APP_ID, (ORIGIN,), CHALLENGE)
CREATED, GOT = said(CREATE, CHALLENGE, ORIGIN), said(GET, CHALLENGE, ORIGIN)


def registered(key: SoftwarePasskey, client_data: bytes = CREATED, rp_id: str = RP_ID, **more: Any) -> RegisteredKey:
    """Register *key* as a page does."""
    return verify_registration(QUESTION, client_data, key.register(rp_id, client_data, **more))


def signed(
    key: SoftwarePasskey, client_data: bytes = GOT, rp_id: str = RP_ID, *, last_counter: int = 0, as_u2f: bool = False
) -> int:
    """Sign with *key* as a page does."""
    data, signature = key.sign(rp_id, client_data)
    return verify_assertion(
        QUESTION,
        client_data,
        data,
        signature,
        public_key=encoded(key.private_key.public_key()),
        last_counter=last_counter,
        registered_as_u2f=as_u2f,
    )


def flaw_of_registration(key: SoftwarePasskey, *question: Any, **more: Any) -> FidoFlaw | None:
    """Return why the registration is refused; ``None`` if it is not."""
    try:
        registered(key, *question, **more)
    except FidoRefusedError as error:
        return error.flaw
    return None


def flaw_of_signature(key: SoftwarePasskey, *question: Any, **more: Any) -> FidoFlaw | None:
    """Return why the signature is refused; ``None`` if it is not."""
    try:
        signed(key, *question, **more)
    except FidoRefusedError as error:
        return error.flaw
    return None


def flaw_of_object(attestation_object: bytes) -> FidoFlaw | None:
    """Return why an attestation object is refused; ``None`` if it is not."""
    try:
        verify_registration(QUESTION, CREATED, attestation_object)
    except FidoRefusedError as error:
        return error.flaw
    return None


@pytest.mark.parametrize("fmt", ["none", "packed"])
def test_what_a_key_registers_it_signs_with(fmt: str) -> None:
    """With no attestation, or with its own."""
    key = SoftwarePasskey(counter=7)
    found = registered(key, fmt=fmt)
    assert found == RegisteredKey(b"credential", encoded(key.private_key.public_key()), 7)
    assert signed(key, last_counter=found.counter) == 8


def test_a_key_may_be_rsa() -> None:
    """Many computers have no other; of at least 2048 bits."""
    key = SoftwarePasskey(rsa.generate_private_key(65537, 2048))
    assert registered(key).public_key == encoded(key.private_key.public_key())
    assert signed(key) == 1
    short = SoftwarePasskey(rsa.generate_private_key(65537, 1024))
    assert flaw_of_registration(short) is FidoFlaw.BAD_PUBLIC_KEY


def test_a_key_of_u2f_knows_the_application_by_its_url() -> None:
    """The extension ``appid``; and others do not."""
    key = SoftwarePasskey()
    assert signed(key, rp_id=APP_ID, as_u2f=True) == 1
    assert flaw_of_signature(key, rp_id=RP_ID, as_u2f=True) is FidoFlaw.FOREIGN_APPLICATION
    assert flaw_of_signature(key, rp_id=APP_ID) is FidoFlaw.FOREIGN_APPLICATION


WRONG = {
    "typ": (said("webauthn.other", CHALLENGE, ORIGIN), FidoFlaw.WRONG_TYP),
    "challenge": (said(CREATE, bytes(32), ORIGIN), FidoFlaw.WRONG_CHALLENGE),
    "origin": (said(CREATE, CHALLENGE, "https://evil.example"), FidoFlaw.FOREIGN_ORIGIN),
    "nothing": (b"", FidoFlaw.MALFORMED),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_browser_must_have_asked_what_was_asked(wrong: str) -> None:
    """At both steps; what one signs for the one does not serve for the other."""
    client_data, flaw = WRONG[wrong]
    assert flaw_of_registration(SoftwarePasskey(), client_data) is flaw
    assert flaw_of_signature(SoftwarePasskey(), client_data.replace(CREATE.encode(), GET.encode())) is flaw
    assert flaw_of_registration(SoftwarePasskey(), GOT) is FidoFlaw.WRONG_TYP
    assert flaw_of_signature(SoftwarePasskey(), CREATED) is FidoFlaw.WRONG_TYP


@pytest.mark.parametrize("claim", ["true", '"true"', "1", "null"])
def test_a_page_in_a_foreign_frame_may_not_ask(claim: str) -> None:
    """The user sees another page around it; what is not plainly false is taken for true."""
    framed = CREATED.replace(b'"crossOrigin": false', f'"crossOrigin": {claim}'.encode())
    assert flaw_of_registration(SoftwarePasskey(), framed) is FidoFlaw.FOREIGN_ORIGIN
    framed = GOT.replace(b'"crossOrigin": false', f'"crossOrigin": {claim}'.encode())
    assert flaw_of_signature(SoftwarePasskey(), framed) is FidoFlaw.FOREIGN_ORIGIN
    silent = GOT.replace(b', "crossOrigin": false', b"")
    assert flaw_of_signature(SoftwarePasskey(), silent) is None


def test_somebody_must_touch_the_key() -> None:
    """At both steps."""
    key = SoftwarePasskey(flags=0)
    assert flaw_of_registration(key) is FidoFlaw.NO_USER_PRESENCE
    assert flaw_of_signature(key) is FidoFlaw.NO_USER_PRESENCE


def test_the_key_must_have_answered_for_this_application() -> None:
    """At both steps."""
    assert flaw_of_registration(SoftwarePasskey(), rp_id="evil.example") is FidoFlaw.FOREIGN_APPLICATION
    assert flaw_of_signature(SoftwarePasskey(), rp_id="evil.example") is FidoFlaw.FOREIGN_APPLICATION


def test_the_counter_must_grow_unless_there_is_none() -> None:
    """Keys that do not count say 0 for ever."""
    assert flaw_of_signature(SoftwarePasskey(counter=4), last_counter=5) is FidoFlaw.COUNTER_NOT_GREATER
    assert flaw_of_signature(SoftwarePasskey(counter=4), last_counter=6) is FidoFlaw.COUNTER_NOT_GREATER
    assert flaw_of_signature(SoftwarePasskey(counter=-1), last_counter=1) is FidoFlaw.COUNTER_NOT_GREATER
    assert signed(SoftwarePasskey(counter=-1), last_counter=0) == 0
    assert signed(SoftwarePasskey(counter=4), last_counter=4) == 5


X, Y = (cose_of(SoftwarePasskey().private_key)[name] for name in (-2, -3))


@pytest.mark.parametrize(
    "cose",
    [
        pytest.param({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}, id="off the curve"),
        pytest.param({1: 2, 3: -7, -1: 1, -2: X, -3: X}, id="beside the curve"),
        pytest.param({1: 2, 3: -7, -1: 2, -2: X, -3: Y}, id="P-384"),
        pytest.param({1: 2, 3: -35, -1: 1, -2: X, -3: Y}, id="ES384"),
        pytest.param({1: 2, 3: -7, -1: 1, -2: X}, id="half a point"),
        pytest.param({1: 2, 3: -7, -1: 1, -2: "x", -3: Y}, id="text"),
        pytest.param({1: 3, 3: -257, -1: b"\xff" * 256, -2: b"\0"}, id="exponent 0"),
        pytest.param({1: 1, 3: -8, -1: 6, -2: bytes(32)}, id="Ed25519, which was not asked for"),
    ],
)
def test_a_key_is_of_a_kind_that_was_asked_for(cose: dict[object, object]) -> None:
    """And a point on its curve, although nothing was signed with it yet."""
    assert flaw_of_registration(SoftwarePasskey(), cose=cose) is FidoFlaw.BAD_PUBLIC_KEY


def test_an_attestation_must_be_right() -> None:
    """Whoever made it: a format that is not known, a wrong signature, and a statement where there should be none."""
    key = SoftwarePasskey()
    assert flaw_of_registration(key, fmt="homemade") is FidoFlaw.BAD_ATTESTATION
    data = key.authenticator_data(RP_ID, new=True)
    for statement in ({"alg": -7, "sig": b"\0" * 70}, {"alg": -257, "sig": b""}, {"ecdaaKeyId": b""}, {}):
        forged = cbor({"fmt": "packed", "attStmt": statement, "authData": data})
        assert flaw_of_object(forged) is FidoFlaw.BAD_ATTESTATION
    assert flaw_of_object(cbor({"fmt": "none", "attStmt": {"x": 1}, "authData": data})) is FidoFlaw.BAD_ATTESTATION


@pytest.mark.parametrize(
    "attestation_object",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(cbor([]), id="a list"),
        pytest.param(cbor({"fmt": "none", "attStmt": {}}), id="no data"),
        pytest.param(cbor({"fmt": "none", "attStmt": {}, "authData": 1}), id="a number for data"),
        pytest.param(cbor({"fmt": 1, "attStmt": {}, "authData": b""}), id="empty data"),
        pytest.param(b"\x81" * 50_000, id="too deep"),
        pytest.param(b"\x9b" + b"\xff" * 8, id="an endless list"),
        pytest.param(b"\xf9\0\0", id="a float"),
    ],
)
def test_what_is_no_attestation_object_is_malformed(attestation_object: bytes) -> None:
    """Never another exception."""
    assert flaw_of_object(attestation_object) is FidoFlaw.MALFORMED


def test_a_registration_must_bring_a_credential() -> None:
    """With an id of 1 to 1023 bytes."""
    key = SoftwarePasskey()
    bare = cbor({"fmt": "none", "attStmt": {}, "authData": key.authenticator_data(RP_ID)})
    assert flaw_of_object(bare) is FidoFlaw.MALFORMED
    for length, flaw in ((0, FidoFlaw.MALFORMED), (1, None), (1023, None), (1024, FidoFlaw.MALFORMED)):
        assert flaw_of_registration(SoftwarePasskey(credential_id=b"i" * length)) is flaw


def test_a_registration_that_ends_too_early_is_refused() -> None:
    """Wherever it ends."""
    whole = SoftwarePasskey().register(RP_ID, CREATED)
    assert flaw_of_object(whole) is None
    assert None not in {flaw_of_object(part) for part in truncations(whole)}


def test_no_bit_of_what_was_signed_can_be_changed() -> None:
    """Of the key's data, of its signature, and of what the browser said."""
    key = SoftwarePasskey()
    data, signature = key.sign(RP_ID, GOT)

    def flaw(client_data: bytes, authenticator_data: bytes, der: bytes) -> FidoFlaw | None:
        try:
            verify_assertion(
                QUESTION,
                client_data,
                authenticator_data,
                der,
                public_key=encoded(key.private_key.public_key()),
                last_counter=0,
                registered_as_u2f=False,
            )
        except FidoRefusedError as error:
            return error.flaw
        return None

    assert flaw(GOT, data, signature) is None
    flaws = [flaw(GOT, bad, signature) for bad in one_bit_flips(data)]
    flaws += [flaw(GOT, data, bad) for bad in one_bit_flips(signature)]
    flaws += [flaw(bad, data, signature) for bad in one_bit_flips(GOT)]
    flaws += [flaw(GOT, bad, signature) for bad in (*truncations(data), data + b"\0")]
    assert None not in flaws


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_anything_else_is_refused(client_data: bytes, message: bytes) -> None:
    """Never with another exception."""
    with pytest.raises(FidoRefusedError):
        verify_registration(QUESTION, client_data, message)
    assert flaw_of_object(message) is not None
    with pytest.raises(FidoRefusedError):
        verify_assertion(QUESTION, GOT, message, message, public_key=b"", last_counter=0, registered_as_u2f=False)


@given(st.binary(max_size=120))
def test_any_data_of_a_key_is_refused_or_read(more: bytes) -> None:
    """Behind a head that is right: never another exception."""
    head = hashlib.sha256(RP_ID.encode()).digest() + bytes([PRESENT | ATTESTED]) + bytes(4) + AAGUID
    assert flaw_of_object(cbor({"fmt": "none", "attStmt": {}, "authData": head + more})) is not None


def test_a_curve_key_does_not_verify_with_another() -> None:
    """A signature is one key's."""
    key, other = SoftwarePasskey(), ec.generate_private_key(ec.SECP256R1())
    data, signature = key.sign(RP_ID, GOT)
    with pytest.raises(FidoRefusedError, match=r"^bad_signature$"):
        verify_assertion(
            QUESTION,
            GOT,
            data,
            signature,
            public_key=encoded(other.public_key()),
            last_counter=0,
            registered_as_u2f=False,
        )
