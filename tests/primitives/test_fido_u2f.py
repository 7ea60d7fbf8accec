"""U2F: the published examples are believed, and everything with one thing wrong is refused for that reason."""

import dataclasses
import json
from base64 import urlsafe_b64decode
from collections.abc import Collection
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.primitives.damage import one_bit_flips, truncations
from tests.primitives.software_key import (
    REGISTRATION_TYP,
    SIGNATURE_TYP,
    Answer,
    SoftwareKey,
    certificate_for,
    client_data,
    point_of,
)
from tests.vectors import vectors
from validate_service.primitives.fido.client_data import ClientData, Question, canonical_facet, read_client_data
from validate_service.primitives.fido.flaws import FidoFlaw, FidoRefusedError
from validate_service.primitives.fido.public_keys import encoded, key_of_point
from validate_service.primitives.fido.raw_messages import RegistrationData, read_registration_data
from validate_service.primitives.fido.registered_key import RegisteredKey
from validate_service.primitives.fido.u2f import verify_registration, verify_signature

FIDO: dict[str, dict[str, Any]] = vectors("u2f_raw_message_vectors")
FIDO_REGISTRATION, FIDO_SIGNATURE, FIDO_SECOND = (
    FIDO[name] for name in ("registration", "authentication", "authentication_2")
)

APP_ID, ORIGIN = "https://mfa.example.org/app-id.json", "https://login.example.org"
CHALLENGE = bytes(range(32))
P256 = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def register(
    answer: Answer, *, app_id: str = APP_ID, challenge: bytes = CHALLENGE, facets: Collection[str] = (ORIGIN,)
) -> RegisteredKey:
    """Verify *answer* as that to the usual registration."""
    return verify_registration(Question(app_id, facets, challenge), answer.client_data, answer.message)


def sign(
    answer: Answer,
    *,
    app_id: str = APP_ID,
    challenge: bytes = CHALLENGE,
    facets: Collection[str] = (ORIGIN,),
    public_key: bytes | None = None,
    last_counter: int = -1,
) -> int:
    """Verify *answer* as that to the usual signature, by the usual key unless told otherwise."""
    return verify_signature(
        Question(app_id, facets, challenge),
        answer.client_data,
        answer.message,
        public_key=REGISTERED.public_key if public_key is None else public_key,
        last_counter=last_counter,
    )


def flaw_of_registration(answer: Answer, **question: Any) -> FidoFlaw | None:
    """Return why the registration is refused; ``None`` if it is not."""
    try:
        register(answer, **question)
    except FidoRefusedError as error:
        return error.flaw
    return None


def flaw_of_signature(answer: Answer, **question: Any) -> FidoFlaw | None:
    """Return why the signature is refused; ``None`` if it is not."""
    try:
        sign(answer, **question)
    except FidoRefusedError as error:
        return error.flaw
    return None


def kept(point: str) -> bytes:
    """Return what is kept of a public key whose encoded point is *point*, in hex."""
    return encoded(key_of_point(bytes.fromhex(point)))


def fido_answer(example: dict[str, Any]) -> Answer:
    """Return an example of the specification as what a page gets."""
    return Answer(example["clientData_json"].encode(), bytes.fromhex(example["response"]))


def fido_question(example: dict[str, Any]) -> dict[str, Any]:
    """Return what an example of the specification answers."""
    challenge = urlsafe_b64decode(example["challenge"] + "=")
    return {"app_id": example["appId"], "challenge": challenge, "facets": [example["origin"]]}


def damaged(value: bytes, at: int, difference: int) -> bytes:
    """Return *value* with another byte in one place; *at* may be negative or too large, *difference* not 0."""
    at %= len(value)
    return value[:at] + bytes([value[at] ^ difference]) + value[at + 1 :]


def element(tag: int, content: bytes) -> bytes:
    """Return an element of DER of less than 128 bytes."""
    return bytes([tag, len(content)]) + content


KEY = SoftwareKey()
REGISTRATION = KEY.register(APP_ID, client_data(REGISTRATION_TYP, CHALLENGE, ORIGIN))
REGISTERED, RAW = register(REGISTRATION), read_registration_data(REGISTRATION.message)
SIGNATURE = KEY.sign(APP_ID, client_data(SIGNATURE_TYP, CHALLENGE, ORIGIN), key_handle=REGISTERED.handle)
CERTIFICATE_AT = REGISTRATION.message.index(RAW.certificate)
CERTIFICATE_ENDS = CERTIFICATE_AT + len(RAW.certificate)


# The specification's examples


def test_the_registration_of_the_specification_is_believed() -> None:
    """Raw Message Formats 1.2, "Examples": key handle, key and certificate come out as they went in."""
    registered = register(fido_answer(FIDO_REGISTRATION), **fido_question(FIDO_REGISTRATION))
    assert registered.handle.hex() == FIDO_REGISTRATION["key_handle"]
    assert registered.public_key == kept(FIDO_REGISTRATION["user_public_key"])
    raw = read_registration_data(fido_answer(FIDO_REGISTRATION).message)
    assert raw.certificate.hex() == FIDO_REGISTRATION["attestation_cert"]


def test_the_second_registration_of_the_reference_code_is_believed() -> None:
    """Another key and another certificate, for the same question."""
    answer = Answer(fido_answer(FIDO_REGISTRATION).client_data, bytes.fromhex(FIDO_SECOND["registration_response"]))
    registered = register(answer, **fido_question(FIDO_REGISTRATION))
    assert registered.public_key == kept(FIDO_SECOND["user_public_key"])


def test_the_signature_of_the_specification_is_believed() -> None:
    """Raw Message Formats 1.2, "Examples"; its counter is 1."""
    public_key = kept(FIDO_SIGNATURE["user_public_key"])
    counter = sign(fido_answer(FIDO_SIGNATURE), **fido_question(FIDO_SIGNATURE), public_key=public_key)
    assert counter == FIDO_SIGNATURE["counter"] == 1


def test_a_right_signature_over_a_registrations_client_data_is_refused() -> None:
    """The reference code's second signature is one: only its typ is wrong."""
    answer = Answer(fido_answer(FIDO_REGISTRATION).client_data, bytes.fromhex(FIDO_SECOND["response"]))
    public_key = kept(FIDO_SECOND["user_public_key"])
    flaw = flaw_of_signature(answer, **fido_question(FIDO_REGISTRATION), public_key=public_key)
    assert flaw is FidoFlaw.WRONG_TYP


# Registration


def test_what_a_key_registers_it_signs_with() -> None:
    """A key that was registered is known again, and by itself only."""
    other = register(KEY.register(APP_ID, REGISTRATION.client_data))
    assert sign(SIGNATURE) == 1
    assert flaw_of_signature(SIGNATURE, public_key=other.public_key) is FidoFlaw.BAD_SIGNATURE


def test_a_registration_of_another_typ_is_refused() -> None:
    """A page must not register with what its user signed."""
    answer = KEY.register(APP_ID, client_data(SIGNATURE_TYP, CHALLENGE, ORIGIN))
    assert flaw_of_registration(answer) is FidoFlaw.WRONG_TYP


def test_a_registration_for_another_challenge_is_refused() -> None:
    """Also for one that only begins like ours."""
    assert flaw_of_registration(REGISTRATION, challenge=bytes(32)) is FidoFlaw.WRONG_CHALLENGE
    assert flaw_of_registration(REGISTRATION, challenge=CHALLENGE + b"\0") is FidoFlaw.WRONG_CHALLENGE


def test_a_registration_from_a_foreign_page_is_refused() -> None:
    """The browser says which page asked; ours did not."""
    answer = KEY.register(APP_ID, client_data(REGISTRATION_TYP, CHALLENGE, "https://login.example.com"))
    assert flaw_of_registration(answer) is FidoFlaw.FOREIGN_ORIGIN


def test_a_registration_for_another_application_is_refused() -> None:
    """The key signs the application's hash."""
    assert flaw_of_registration(REGISTRATION, app_id=ORIGIN) is FidoFlaw.BAD_ATTESTATION


@pytest.mark.parametrize(
    "public_key",
    [
        pytest.param(damaged(RAW.public_key, -1, 1), id="beside the curve"),
        pytest.param(b"\4" + bytes(64), id="zeros"),
        pytest.param(b"\0" * 65, id="infinity"),
        pytest.param(b"\2" + RAW.public_key[1:], id="called compressed"),
        pytest.param(b"\6" + RAW.public_key[1:], id="hybrid"),
    ],
)
def test_a_public_key_off_the_curve_is_refused(public_key: bytes) -> None:
    """At registration, although its signature is right."""
    answer = KEY.register(APP_ID, REGISTRATION.client_data, public_key=public_key)
    assert flaw_of_registration(answer) is FidoFlaw.BAD_PUBLIC_KEY


@pytest.mark.parametrize(
    "public_key",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(REGISTERED.public_key[:-64] + bytes(64), id="no point"),
        pytest.param(
            ed25519.Ed25519PrivateKey.generate()
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            id="Ed25519",
        ),
    ],
)
def test_what_is_kept_must_be_a_key_that_could_be_registered(public_key: bytes) -> None:
    """A damaged row verifies nobody."""
    assert flaw_of_signature(SIGNATURE, public_key=public_key) is FidoFlaw.BAD_PUBLIC_KEY


def test_a_registration_must_begin_with_five() -> None:
    """The reserved byte is the message's version."""
    answer = dataclasses.replace(REGISTRATION, message=b"\4" + REGISTRATION.message[1:])
    assert flaw_of_registration(answer) is FidoFlaw.MALFORMED


def test_a_registration_that_ends_too_early_is_malformed() -> None:
    """Wherever it ends before its signature."""
    messages = truncations(REGISTRATION.message[:CERTIFICATE_ENDS])
    flaws = {flaw_of_registration(dataclasses.replace(REGISTRATION, message=message)) for message in messages}
    assert flaws == {FidoFlaw.MALFORMED}


@pytest.mark.parametrize("size", [0, 1, 255])
def test_a_key_handle_has_any_length_that_a_byte_can_say(size: int) -> None:
    """The specification sets no other limits."""
    key_handle, certificate = b"h" * size, RAW.certificate
    message = b"\5" + RAW.public_key + bytes([size]) + key_handle + certificate + b"s"
    assert read_registration_data(message) == RegistrationData(RAW.public_key, key_handle, certificate, b"s")


# The certificate


def test_a_certificate_with_a_wrong_signature_does_no_harm() -> None:
    """Many of the first keys have one with a wrong number of unused bits, which readers of X.509 refuse."""
    attestation_key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_for(attestation_key.public_key())
    unused_bits_at = -len(x509.load_der_x509_certificate(certificate).signature) - 1
    certificate = damaged(certificate, unused_bits_at, 0xFF)
    key = SoftwareKey(attestation_key=attestation_key, certificate=certificate)
    assert flaw_of_registration(key.register(APP_ID, REGISTRATION.client_data)) is None
    with pytest.raises(ValueError, match="Certificate::signature"):
        x509.load_der_x509_certificate(certificate)


def test_a_certificate_of_version_1_does() -> None:
    """Its fields begin with the serial number; those of later versions with the version."""
    attestation_key = ec.generate_private_key(ec.SECP256R1())
    info = element(0x30, P256 + b"\x03\x42\0" + point_of(attestation_key))
    certificate = element(0x30, element(0x30, b"\x02\1\1" + 4 * element(0x30, b"") + info))
    key = SoftwareKey(attestation_key=attestation_key, certificate=certificate)
    assert flaw_of_registration(key.register(APP_ID, REGISTRATION.client_data)) is None


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param(certificate_for(ec.generate_private_key(ec.SECP384R1()).public_key()), id="P-384"),
        pytest.param(certificate_for(ed25519.Ed25519PrivateKey.generate().public_key()), id="Ed25519"),
        pytest.param(RAW.certificate.replace(b"\x2a\x86\x48\xce\x3d\2\1", b"\x2a\x86\x48\xce\x3d\2\2"), id="unknown"),
        pytest.param(element(0x30, element(0x30, b"\x02\1\1" + 5 * element(0x30, b""))), id="no key"),
    ],
)
def test_a_certificate_for_something_else_than_p256_is_refused(certificate: bytes) -> None:
    """Registrations are signed with ECDSA on P-256."""
    answer = SoftwareKey(certificate=certificate).register(APP_ID, REGISTRATION.client_data)
    assert flaw_of_registration(answer) is FidoFlaw.BAD_CERTIFICATE


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param(b"\x31" + RAW.certificate[1:], id="a set"),
        pytest.param(element(0x30, element(0x31, b"\x02\1\1" + 5 * element(0x30, b""))), id="a set inside"),
        pytest.param(b"\x30\0", id="empty"),
        pytest.param(element(0x30, element(0x30, b"\x02\1\1" + 4 * element(0x30, b""))), id="ends before its key"),
        pytest.param(b"\x30\x80\0\0", id="endless"),
        pytest.param(b"\x30\xff" + b"\xff" * 127, id="longer than any message"),
    ],
)
def test_a_certificate_that_is_none_is_malformed(certificate: bytes) -> None:
    """It is read no further than to its key, but so far it must be DER."""
    answer = SoftwareKey(certificate=certificate).register(APP_ID, REGISTRATION.client_data)
    assert flaw_of_registration(answer) is FidoFlaw.MALFORMED


# Signature


def test_the_counter_must_grow() -> None:
    """The same one again is a replay, a smaller one a clone; -1 stands for none so far."""
    assert sign(SIGNATURE, last_counter=-1) == 1
    assert sign(SIGNATURE, last_counter=0) == 1
    assert flaw_of_signature(SIGNATURE, last_counter=1) is FidoFlaw.COUNTER_NOT_GREATER
    assert flaw_of_signature(SIGNATURE, last_counter=2**32 - 1) is FidoFlaw.COUNTER_NOT_GREATER


def test_the_counter_is_read_whole() -> None:
    """All four bytes, without a sign."""
    key = SoftwareKey()
    registered = register(key.register(APP_ID, REGISTRATION.client_data))
    key.counter = 2**32 - 2
    answer = key.sign(APP_ID, SIGNATURE.client_data, key_handle=registered.handle)
    assert sign(answer, public_key=registered.public_key, last_counter=2**32 - 2) == 2**32 - 1


def test_an_untouched_key_does_not_sign() -> None:
    """Malware can make a key sign, but it cannot touch it; other bits of that byte say nothing about it."""
    for presence, flaw in ((0, FidoFlaw.NO_USER_PRESENCE), (0xFE, FidoFlaw.NO_USER_PRESENCE), (0xFF, None)):
        answer = KEY.sign(APP_ID, SIGNATURE.client_data, key_handle=REGISTERED.handle, presence=presence)
        assert flaw_of_signature(answer) is flaw


@pytest.mark.parametrize("stated", ["0000000001", "0100000000"])
def test_what_nobody_signed_is_a_bad_signature_whatever_it_states(stated: str) -> None:
    """A made-up old counter must not look like a cloned key."""
    answer = dataclasses.replace(SIGNATURE, message=bytes.fromhex(stated) + SIGNATURE.message[5:])
    assert flaw_of_signature(answer, last_counter=7) is FidoFlaw.BAD_SIGNATURE


def test_a_signature_of_another_typ_is_refused() -> None:
    """What a key said at registration signs nobody in."""
    answer = KEY.sign(APP_ID, REGISTRATION.client_data, key_handle=REGISTERED.handle)
    assert flaw_of_signature(answer) is FidoFlaw.WRONG_TYP


def test_a_signature_for_another_challenge_is_refused() -> None:
    """Nor is an empty challenge one."""
    assert flaw_of_signature(SIGNATURE, challenge=bytes(32)) is FidoFlaw.WRONG_CHALLENGE
    assert flaw_of_signature(SIGNATURE, challenge=b"") is FidoFlaw.WRONG_CHALLENGE


def test_a_signature_from_a_foreign_page_is_refused() -> None:
    """This is what a phisher gets."""
    said = client_data(SIGNATURE_TYP, CHALLENGE, "https://login.example.com")
    answer = KEY.sign(APP_ID, said, key_handle=REGISTERED.handle)
    assert flaw_of_signature(answer) is FidoFlaw.FOREIGN_ORIGIN


def test_a_signature_for_another_application_is_refused() -> None:
    """The key signs the application's hash."""
    assert flaw_of_signature(SIGNATURE, app_id=ORIGIN) is FidoFlaw.BAD_SIGNATURE


def test_a_signature_that_ends_too_early_is_refused() -> None:
    """Without its counter it is malformed, without all of its ECDSA signature that is a bad one."""
    messages = truncations(SIGNATURE.message)
    flaws = [flaw_of_signature(dataclasses.replace(SIGNATURE, message=message)) for message in messages]
    assert set(flaws[:5]) == {FidoFlaw.MALFORMED}
    assert set(flaws[5:]) == {FidoFlaw.BAD_SIGNATURE}


def wrong_spellings(signature: bytes) -> dict[str, bytes]:
    """Return what a lenient reader takes for *signature*, and numbers that no signature has."""
    r, s = decode_dss_signature(signature)
    return {
        "more behind it": signature + b"\0",
        "long length": b"\x30\x81" + signature[1:],
        "zero in front of r": b"\x30" + bytes([signature[1] + 1, 2, signature[3] + 1, 0]) + signature[4:],
        "r plus the order": encode_dss_signature(r + P256_ORDER, s),
        "s plus the order": encode_dss_signature(r, s + P256_ORDER),
        "both 0": encode_dss_signature(0, 0),
        "s is 0": encode_dss_signature(r, 0),
        "r is the order": encode_dss_signature(P256_ORDER, s),
    }


WRONG_SPELLINGS = wrong_spellings(SIGNATURE.message[5:])


@pytest.mark.parametrize("wrong", WRONG_SPELLINGS.values(), ids=WRONG_SPELLINGS)
def test_a_signature_has_one_spelling(wrong: bytes) -> None:
    """DER only, and both numbers between 0 and the order of the curve."""
    answer = dataclasses.replace(SIGNATURE, message=SIGNATURE.message[:5] + wrong)
    assert flaw_of_signature(answer) is FidoFlaw.BAD_SIGNATURE


# Client data


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe{}", id="no UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + client_data(SIGNATURE_TYP, CHALLENGE, ORIGIN), id="byte order mark"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(client_data(SIGNATURE_TYP, CHALLENGE, ORIGIN) + b"x", id="more behind it"),
        pytest.param(b'{"typ": "t", "challenge": "Yw"}', id="no origin"),
        pytest.param(b'{"challenge": "Yw", "origin": "o"}', id="no typ"),
        pytest.param(b'{"typ": "t", "challenge": 1, "origin": "o"}', id="a number"),
        pytest.param(b'{"typ": "t", "challenge": "Yw", "origin": ["o"]}', id="a list of origins"),
        pytest.param(b'{"typ": "t", "challenge": "Yw", "origin": "o", "origin": "p"}', id="twice"),
        pytest.param(b'{"typ": "t", "challenge": "Yw", "origin": "o", "\\u006frigin": "p"}', id="twice, escaped"),
        pytest.param(b'{"typ": "t", "challenge": "Yw", "origin": "o", "x": {"y": 1, "y": 2}}', id="twice, inside"),
        pytest.param(b'{"typ": "t", "challenge": "Yw", "origin": "o", "x": NaN}', id="NaN"),
        pytest.param(b'{"typ": "t", "challenge": "Yw", "origin": "o", "x": ' + b"1" * 5000 + b"}", id="a long number"),
        pytest.param(b'{"x":' * 60000, id="too deep"),
    ],
)
def test_client_data_that_readers_could_disagree_on_is_malformed(said: bytes) -> None:
    """Strict JSON: an object in UTF-8, each member once."""
    assert flaw_of_signature(dataclasses.replace(SIGNATURE, client_data=said)) is FidoFlaw.MALFORMED
    assert flaw_of_registration(dataclasses.replace(REGISTRATION, client_data=said)) is FidoFlaw.MALFORMED


@given(st.text(), st.text(), st.text(), st.dictionaries(st.sampled_from(["cid_pubkey", "hint"]), st.text()))
def test_client_data_says_what_the_browser_said(typ: str, challenge: str, origin: str, more: dict[str, str]) -> None:
    """Whatever else it says."""
    said = json.dumps({"typ": typ, "challenge": challenge, "origin": origin, **more}).encode()
    assert read_client_data(said) == ClientData(typ, challenge, origin)


@pytest.mark.parametrize("challenge", ["", "=", "\ud800", "ä", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"])
def test_a_challenge_that_is_no_base64_is_a_wrong_one(challenge: str) -> None:
    """The browser gives back what it was given; nothing is decoded."""
    said = json.dumps({"typ": SIGNATURE_TYP, "challenge": challenge, "origin": ORIGIN}).encode()
    assert flaw_of_signature(dataclasses.replace(SIGNATURE, client_data=said)) is FidoFlaw.WRONG_CHALLENGE


def test_a_challenge_may_be_padded() -> None:
    """Some clients pad their Base64."""
    padded = SIGNATURE.client_data.replace(b'Hh8"', b'Hh8="')
    assert padded != SIGNATURE.client_data
    answer = KEY.sign(APP_ID, padded, key_handle=REGISTERED.handle)
    assert flaw_of_signature(answer) is None


# Facets


@pytest.mark.parametrize(
    ("origin", "facet"),
    [
        ("https://login.example.org", "https://login.example.org/"),
        ("https://login.example.org", "https://LOGIN.example.org:443"),
        ("https://login.example.org:8443", "HTTPS://login.example.org:8443/"),
        ("http://localhost", "http://localhost:80"),
        ("https://[2001:db8::1]", "https://[2001:DB8::1]:443"),
        ("android:apk-key-hash:Lir5oIjf552K", "android:apk-key-hash:Lir5oIjf552K"),
    ],
)
def test_one_origin_has_several_spellings(origin: str, facet: str) -> None:
    """Case of scheme and host, the scheme's own port and a final slash make no difference."""
    answer = KEY.register(APP_ID, client_data(REGISTRATION_TYP, CHALLENGE, origin))
    assert flaw_of_registration(answer, facets=["https://other.example.org", facet]) is None
    assert canonical_facet(facet) == origin


@pytest.mark.parametrize(
    "origin",
    [
        "http://login.example.org",
        "https://login.example.org:8443",
        "https://login.example.org:80",
        "https://login.example.org.",
        "https://login.example.org.evil.example",
        "https://evil.login.example.org",
        "https://example.org",
        "https://login.example.org/path",
        "https://login.example.org//",
        "https://login.example.org?",
        "https://login.example.org#",
        "https://login.example.org\n",
        " https://login.example.org",
        "https://login.example.org@evil.example",
        "https://user@login.example.org",
        "https://login.example.org:0443",
        "https://login.example.org:",
        "https://login.example.org:\uff14\uff14\uff13",
        "http\u017f://login.example.org",
        "https:login.example.org",
        "login.example.org",
        "null",
        "",
        "\ud800",
    ],
)
def test_another_origin_is_foreign(origin: str) -> None:
    """Scheme, host and port are compared whole; what is no origin is none of ours."""
    answer = KEY.register(APP_ID, client_data(REGISTRATION_TYP, CHALLENGE, origin))
    assert flaw_of_registration(answer) is FidoFlaw.FOREIGN_ORIGIN


def test_the_identity_of_an_app_is_compared_as_it_is() -> None:
    """Case matters in the hash of its certificate."""
    answer = KEY.register(APP_ID, client_data(REGISTRATION_TYP, CHALLENGE, "android:apk-key-hash:lir5oijf552k"))
    assert flaw_of_registration(answer, facets=["android:apk-key-hash:Lir5oIjf552K"]) is FidoFlaw.FOREIGN_ORIGIN


def test_without_facets_nobody_may_ask() -> None:
    """Not the application's own host either: who may ask is always said."""
    answer = KEY.register(APP_ID, client_data(REGISTRATION_TYP, CHALLENGE, "https://mfa.example.org"))
    assert flaw_of_registration(answer, facets=[]) is FidoFlaw.FOREIGN_ORIGIN


# Damage


places, differences = st.integers(0, 10_000), st.integers(1, 255)


@given(places, differences)
def test_no_byte_of_client_data_can_be_changed(at: int, difference: int) -> None:
    """The key has signed its hash."""
    registration = dataclasses.replace(REGISTRATION, client_data=damaged(REGISTRATION.client_data, at, difference))
    signature = dataclasses.replace(SIGNATURE, client_data=damaged(SIGNATURE.client_data, at, difference))
    assert flaw_of_registration(registration) is not None
    assert flaw_of_signature(signature) is not None


@given(places, differences)
def test_no_byte_of_a_question_can_be_changed(at: int, difference: int) -> None:
    """An answer answers one challenge, and is checked with one public key."""
    challenge = damaged(CHALLENGE, at, difference)
    assert flaw_of_registration(REGISTRATION, challenge=challenge) is FidoFlaw.WRONG_CHALLENGE
    assert flaw_of_signature(SIGNATURE, challenge=challenge) is FidoFlaw.WRONG_CHALLENGE
    public_key = REGISTERED.public_key[:-64] + damaged(RAW.public_key[1:], at, difference)
    assert flaw_of_signature(SIGNATURE, public_key=public_key) is FidoFlaw.BAD_PUBLIC_KEY


def test_no_bit_of_a_signature_can_be_changed() -> None:
    """Each bit of presence, counter and ECDSA signature."""
    flaws = {flaw_of_signature(dataclasses.replace(SIGNATURE, message=bad)) for bad in one_bit_flips(SIGNATURE.message)}
    assert flaws == {FidoFlaw.BAD_SIGNATURE}


@given(places, differences)
def test_no_byte_of_a_signature_can_be_changed(at: int, difference: int) -> None:
    """Whatever else stands there."""
    answer = dataclasses.replace(SIGNATURE, message=damaged(SIGNATURE.message, at, difference))
    assert flaw_of_signature(answer) is FidoFlaw.BAD_SIGNATURE


def test_no_bit_of_a_registration_can_be_changed_but_in_its_certificate() -> None:
    """Each bit of the layout, the public key, the key handle and the ECDSA signature."""
    parts = REGISTRATION.message[:CERTIFICATE_AT], REGISTRATION.message[CERTIFICATE_ENDS:]
    messages = [head + REGISTRATION.message[CERTIFICATE_AT:] for head in one_bit_flips(parts[0])]
    messages += [REGISTRATION.message[:CERTIFICATE_ENDS] + tail for tail in one_bit_flips(parts[1])]
    flaws = {flaw_of_registration(dataclasses.replace(REGISTRATION, message=message)) for message in messages}
    assert flaws == {FidoFlaw.MALFORMED, FidoFlaw.BAD_PUBLIC_KEY, FidoFlaw.BAD_ATTESTATION}


def test_a_changed_certificate_changes_nothing_else() -> None:
    """The protocol signs all but the certificate: a change of it is refused, or leaves the same key behind."""
    registered = set()
    for certificate in one_bit_flips(RAW.certificate):
        message = REGISTRATION.message[:CERTIFICATE_AT] + certificate + REGISTRATION.message[CERTIFICATE_ENDS:]
        answer = dataclasses.replace(REGISTRATION, message=message)
        if flaw_of_registration(answer) is None:
            registered.add(register(answer))
    assert registered == {REGISTERED}


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_anything_else_is_refused(said: bytes, message: bytes) -> None:
    """Never with another exception."""
    assert flaw_of_registration(Answer(said, message)) is not None
    assert flaw_of_registration(dataclasses.replace(REGISTRATION, message=b"\5" + message)) is not None
    assert flaw_of_signature(Answer(said, message)) is not None


def test_a_refusal_tells_its_flaw_only() -> None:
    """Logs may hold it: nothing of the answer is in it."""
    with pytest.raises(FidoRefusedError, match=r"^wrong_challenge$"):
        sign(SIGNATURE, challenge=bytes(32))
