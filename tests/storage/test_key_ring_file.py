"""The key ring's file: private, whole, and the one that the database was written under."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.product import Product, create_product
from validate_service.bootstrap import create_installation, open_installation
from validate_service.core.errors import UnavailableError
from validate_service.core.key_ring import KeyRing, KeyState
from validate_service.core.keys import new_ring
from validate_service.storage.key_ring_file import KeyRingFile, format_ring, parse_ring


@pytest.fixture
def ring() -> KeyRing:
    """A ring with one key."""
    return new_ring(os.urandom, 1_700_000_000_000_000)


def same(one: KeyRing, other: KeyRing) -> bool:
    """Tell whether two rings hold the same keys under the same numbers in the same states."""
    states = [{key_id: (key.key, key.state) for key_id, key in ring.keys.items()} for ring in (one, other)]
    return one.root == other.root and states[0] == states[1]


def test_a_stored_ring_is_read_again(ring: KeyRing, tmp_path: Path) -> None:
    """With its numbers, states and instants."""
    file = KeyRingFile(tmp_path / "folder" / "keyring.json")
    file.store(ring)
    assert same(file.current(), ring)
    assert file.current().keys[1].created_at == ring.keys[1].created_at


def test_the_file_is_readable_by_its_owner_only(ring: KeyRing, tmp_path: Path) -> None:
    """Also after it was replaced, whatever the umask; and nothing is left beside it."""
    file = KeyRingFile(tmp_path / "keyring.json")
    before = os.umask(0)
    try:
        file.store(ring)
        file.store(ring)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file.path]


def test_nothing_that_an_installation_writes_is_readable_by_others(product: Product) -> None:
    """Folder, database, ring and notes, whatever the umask."""
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in product.settings.data_dir.rglob("*") if path.is_file()}
    assert {mode & 0o077 for mode in modes.values()} == {0}
    assert stat.S_IMODE(product.settings.data_dir.stat().st_mode) == 0o700


def test_every_flipped_bit_is_found_or_changes_nothing(ring: KeyRing) -> None:
    """No single bit makes another key, another number or another state of what the file holds."""
    text = format_ring(ring).encode("ascii")
    taken = []
    for position in range(len(text) * 8):
        flipped = bytearray(text)
        flipped[position // 8] ^= 1 << position % 8
        try:
            found = parse_ring(flipped.decode("ascii"))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            continue
        if not same(found, ring):
            taken.append(text[max(position // 8 - 10, 0) : position // 8 + 10])
    assert taken == []


def two_active(content: dict[str, Any]) -> None:
    content["keys"]["2"] = content["keys"]["1"]


def none_active(content: dict[str, Any]) -> None:
    content["keys"]["1"]["state"] = "retired"


def no_keys(content: dict[str, Any]) -> None:
    content["keys"] = {}


def another_format(content: dict[str, Any]) -> None:
    content["format"] = "validate-service key ring 2"


def short_root(content: dict[str, Any]) -> None:
    content["root"] = content["root"][:-2]


def numbered_in_words(content: dict[str, Any]) -> None:
    content["keys"] = {"one": content["keys"]["1"]}


def renumbered(content: dict[str, Any]) -> None:
    content["keys"] = {"2": content["keys"]["1"]}


def instant_beyond_number(content: dict[str, Any]) -> None:
    content["keys"]["1"]["created_at"] = float("inf")


DAMAGES: list[Callable[[dict[str, Any]], None]] = [
    *(two_active, none_active, no_keys, another_format, short_root, numbered_in_words, renumbered),
    instant_beyond_number,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_ring_that_is_not_whole_is_unavailable(product: Product, damage: Callable[[dict[str, Any]], None]) -> None:
    """Whatever is missing, doubled or of another kind."""
    path = product.installation.keys.path
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(UnavailableError, match="key ring"):
        product.installation.keys.current()
    with pytest.raises(UnavailableError, match="key ring"):
        open_installation(product.settings)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"\xff\xfe", b'"x"', b"[" * 100_000])
def test_a_file_that_is_no_ring_is_unavailable(product: Product, content: bytes) -> None:
    """Empty, cut, of another type, of another encoding, or endlessly nested."""
    product.installation.keys.path.write_bytes(content)
    with pytest.raises(UnavailableError, match="the key ring cannot be read"):
        product.installation.keys.current()


def test_a_missing_ring_is_unavailable_and_not_made_anew(product: Product) -> None:
    """A new ring would make every seed in the database unreadable for ever."""
    path = product.installation.keys.path
    path.unlink()
    with pytest.raises(UnavailableError, match="the key ring cannot be read: No such file"):
        open_installation(product.settings)
    with pytest.raises(UnavailableError, match="not the one"):
        create_installation(product.settings)


def test_the_ring_of_another_installation_is_refused(product: Product, tmp_path: Path) -> None:
    """The database remembers whose it is; nothing is written under a foreign ring."""
    other = create_product(tmp_path / "other")
    other.installation.database.close()
    before = len(product.audit())
    product.installation.keys.path.write_bytes(other.installation.keys.path.read_bytes())
    with pytest.raises(UnavailableError, match="not the one that the database was written under"):
        product.installation.keys.current()
    with pytest.raises(UnavailableError, match="not the one"):
        open_installation(product.settings)
    assert len(product.audit()) == before


def test_a_change_of_the_file_is_seen_by_the_next_call(product: Product) -> None:
    """No process need be told of a rotation."""
    watcher = open_installation(product.settings)
    assert watcher.keys.current().active_id == 1
    product.core.key_desk.rotate(product.operator())
    assert watcher.keys.current().active_id == 2
    assert watcher.keys.current().keys[1].state is KeyState.DECRYPT_ONLY
    watcher.database.close()


def test_no_key_shows_where_a_ring_is_printed(ring: KeyRing) -> None:
    """In a log or a debugger."""
    shown = repr(ring) + repr(ring.keys[1]) + str(ring)
    assert ring.root.hex() not in shown
    assert repr(ring.root) not in shown
    assert ring.keys[1].key.hex() not in shown
    assert repr(ring.keys[1].key) not in shown
