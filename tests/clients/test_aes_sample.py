"""The sample code for .NET programs reads and writes the values of EncryptValueAES with the exported secret."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.clients.expected import CLEAR_TEXT, UNDECRYPTABLE
from tests.clients.service import Service, program, run, run_well, zeep_proxy

SOURCES = Path(__file__).parent / "dotnet" / "sample_aes_values"
KNOWN_ANSWERS = Path(__file__).parents[1] / "data" / "encryption_known_answers.json"
NAME = "db/é"
FIELD_OFFSETS = {
    "magic": 0,
    "derivation": 4,
    "key-number": 8,
    "iterations": 12,
    "salt": 13,
    "vector": 29,
    "cipher-text": 45,
    "tag": -32,
    "last-byte": -1,
}
"""One byte of each field of the layout."""

Sample = Callable[..., CompletedProcess[str]]
Server = Callable[..., Any]


def known_answers() -> list[dict[str, Any]]:
    """Return the known answers of the layout, one for each key derivation."""
    answers = json.loads(KNOWN_ANSWERS.read_text("utf-8"))["mfa1"]
    return [dict(answer) for answer in answers]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The compiled sample program; its first argument here is the secret, which it reads from standard input."""
    folder = tmp_path_factory.mktemp("aes")
    run_well(program("mcs"), "-warnaserror", "-out:AesValue.exe", *sorted(SOURCES.glob("*.cs")), folder=folder)
    return partial(run_sample, folder / "AesValue.exe")


def run_sample(executable: Path, secret: str, *arguments: str) -> CompletedProcess[str]:
    """Run the sample program."""
    return run(program("mono"), executable, *arguments, stdin=f"{secret}\n")


def clear_text(finished: CompletedProcess[str]) -> str:
    """Return what the sample program decrypted or encrypted."""
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.rstrip("\n")


def is_refused(finished: CompletedProcess[str]) -> bool:
    """Tell whether the sample program refused the value, with the one text that says no reason."""
    return (finished.returncode, finished.stdout, finished.stderr.strip()) == (1, "", UNDECRYPTABLE)


@pytest.fixture
def server(service: Service) -> Iterator[Server]:
    """Calls an operation of the running server."""
    with zeep_proxy(service) as proxy:
        yield lambda operation, **fields: proxy[operation](**fields, apiKey=service.product.api_key)


@pytest.fixture(scope="module")
def exported(service: Service) -> dict[str, Any]:
    """The secret that the operator exports, and the number of its key."""
    return dict(json.loads(service.command("key", "export-aes-secret", "--json")))


@pytest.mark.parametrize("known", known_answers(), ids=lambda known: f"derivation-{known['derivation']}")
def test_sample_decrypts_the_known_answers(sample: Sample, known: dict[str, Any]) -> None:
    """All three key derivations give the clear text that an independent implementation encrypted."""
    assert clear_text(sample(known["secret"], "decrypt", known["name"], known["value"])) == known["clear"]


def test_sample_decrypts_what_the_server_encrypted(server: Server, sample: Sample, exported: dict[str, Any]) -> None:
    """The exported secret opens a value that EncryptValueAES returned."""
    value = server("EncryptValueAES", name=NAME, cleartextValue=CLEAR_TEXT)
    assert clear_text(sample(exported["secret"], "decrypt", NAME, value)) == CLEAR_TEXT


def test_server_decrypts_what_the_sample_encrypted(server: Server, sample: Sample, exported: dict[str, Any]) -> None:
    """DecryptValueAES opens a value that the sample code made under the exported secret."""
    value = clear_text(sample(exported["secret"], "encrypt", NAME, CLEAR_TEXT, str(exported["key"])))
    assert server("DecryptValueAES", name=NAME, encryptedValue=value) == CLEAR_TEXT


@pytest.mark.parametrize("offset", FIELD_OFFSETS.values(), ids=FIELD_OFFSETS)
def test_sample_refuses_a_value_with_one_flipped_byte(sample: Sample, offset: int) -> None:
    """A change in any field of the layout is noticed."""
    known = known_answers()[-1]
    value = bytearray.fromhex(known["value"])
    value[offset] ^= 1
    assert is_refused(sample(known["secret"], "decrypt", known["name"], value.hex()))


def test_sample_refuses_another_name(sample: Sample) -> None:
    """A value is bound to its name."""
    known = known_answers()[-1]
    assert is_refused(sample(known["secret"], "decrypt", "other", known["value"]))


def test_sample_refuses_another_secret(sample: Sample) -> None:
    """A value is bound to its secret."""
    known = known_answers()[-1]
    assert is_refused(sample("another secret", "decrypt", known["name"], known["value"]))


@pytest.mark.parametrize("value", ["", "4D464131", "not hex", "4D46413"])
def test_sample_refuses_what_is_no_value(sample: Sample, value: str) -> None:
    """What has not the layout's shape gets the same text."""
    assert is_refused(sample("secret", "decrypt", NAME, value))


def test_sample_refuses_costly_iterations_at_once(sample: Sample) -> None:
    """A forged number of iterations does not keep the reader busy."""
    value = bytearray.fromhex(known_answers()[1]["value"])
    value[FIELD_OFFSETS["iterations"] - 3 : FIELD_OFFSETS["iterations"] + 1] = (2**31 - 1).to_bytes(4, "big")
    begin = time.monotonic()
    assert is_refused(sample("secret", "decrypt", NAME, value.hex()))
    assert time.monotonic() - begin < 5
