"""ECDSA on P-256 as the published vectors want it."""

import pytest

from tests.vectors import vectors
from validate_service.primitives.fido.public_keys import encoded, has_signed, key_of_point

GROUPS = vectors("wycheproof_ecdsa_secp256r1_sha256")["groups"]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group['tests'][0]['tcId']}")
def test_the_vectors_of_wycheproof_agree(group: dict[str, object]) -> None:
    """Project Wycheproof, 484 signatures: odd encodings, edge cases of arithmetic, wrong ranges."""
    public_key = encoded(key_of_point(bytes.fromhex(str(group["point"]))))
    tests = group["tests"]
    assert isinstance(tests, list)
    for test in tests:
        told = has_signed(public_key, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
        assert told is (test["result"] == "valid"), test


def test_there_are_as_many_vectors_as_were_published() -> None:
    """None was lost on the way."""
    assert sum(len(group["tests"]) for group in GROUPS) == 484
