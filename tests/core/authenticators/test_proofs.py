"""What phones sign is believed only if it is signed: whatever the bytes, there is an outcome."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.primitives.software_passkey import GET, PRESENT, VERIFIED, SoftwarePasskey, said
from tests.primitives.software_phone import RP_ID, URL, SoftwarePhone, spki_of
from validate_service.core.authenticators.proofs import Proofs
from validate_service.core.model import (
    Authenticator,
    KeyKind,
    KeySignature,
    NewKey,
    NewPasskey,
    PasskeySignature,
    Signature,
)
from validate_service.core.outcomes import Outcome
from validate_service.primitives.fido.flaws import FidoRefusedError
from validate_service.storage.authenticators import AuthenticatorTable
from validate_service.storage.devices import DeviceTable

PROOFS = Proofs(AuthenticatorTable(), DeviceTable(), URL)
STATEMENT = b"what was stated"
PHONE = SoftwarePhone()
PASSKEY = SoftwarePasskey(PHONE.private_key, flags=PRESENT | VERIFIED)
CLIENT_DATA = said(GET, hashlib.sha256(STATEMENT).digest(), URL)


def authenticator(kind: KeyKind) -> Authenticator:
    """Return the phone as it is kept."""
    return Authenticator(1, "", "", "", kind, spki_of(PHONE.private_key), None, 0, True, None, 0, None)


def judged(signature: Signature, kind: KeyKind) -> Outcome:
    return PROOFS.judge(authenticator(kind), STATEMENT, signature).outcome


def test_what_is_signed_is_believed() -> None:
    """By either kind of key; a passkey's counter is told."""
    assert judged(PHONE.sign(STATEMENT), KeyKind.WEBCRYPTO) is Outcome.ACCEPTED
    signature = PasskeySignature(CLIENT_DATA, *PASSKEY.sign(RP_ID, CLIENT_DATA))
    judgement = PROOFS.judge(authenticator(KeyKind.PASSKEY), STATEMENT, signature)
    assert (judgement.outcome, judgement.counter) == (Outcome.ACCEPTED, PASSKEY.counter)


@given(st.binary(max_size=80), st.sampled_from(list(KeyKind)))
def test_no_bytes_pass_for_a_signature(signature: bytes, kind: KeyKind) -> None:
    """Of a key that the browser keeps."""
    assert judged(KeySignature(signature), kind) in {Outcome.BAD_SIGNATURE, Outcome.MALFORMED_ANSWER}


@given(st.sampled_from([b"", CLIENT_DATA, b"{}"]) | st.binary(max_size=40), st.binary(max_size=60), st.binary())
def test_no_bytes_pass_for_a_passkeys_answer(client_data: bytes, authenticator_data: bytes, signature: bytes) -> None:
    """Whichever part of it is right."""
    answer = PasskeySignature(client_data, authenticator_data, signature)
    assert judged(answer, KeyKind.PASSKEY) in {Outcome.MALFORMED_ANSWER, Outcome.BAD_SIGNATURE}


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_answer_of_a_passkey_is_not_believed(place: int, change: int) -> None:
    """Whichever byte is another."""
    parts = [CLIENT_DATA, *PASSKEY.sign(RP_ID, CLIENT_DATA)]
    place %= sum(map(len, parts))
    for number, part in enumerate(parts):
        if place < len(part):
            parts[number] = part[:place] + bytes([part[place] ^ change]) + part[place + 1 :]
            break
        place -= len(part)
    assert judged(PasskeySignature(*parts), KeyKind.PASSKEY) is not Outcome.ACCEPTED


@given(st.binary(max_size=120), st.binary(max_size=80), st.booleans())
def test_no_bytes_pass_for_a_new_key(first: bytes, second: bytes, is_passkey: bool) -> None:
    """Of either kind."""
    key = NewPasskey(first, second) if is_passkey else NewKey(first, second)
    with pytest.raises(FidoRefusedError) as refused:
        PROOFS.new_key(key, STATEMENT)
    assert Outcome(refused.value.flaw.value) is not Outcome.ACCEPTED
