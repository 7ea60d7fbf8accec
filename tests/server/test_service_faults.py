"""A running service whose database, disk, key ring or processes fail: nothing is accepted, nothing is lost."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Thread

import pytest

from tests.conftest import Tell
from tests.product import Product, create_product
from tests.server.service import Caller, Service, element, findings, served
from validate_service.primitives.hotp import code_at

BYSTANDERS = 12
CODES_EACH = 30


def wait_until(service: Service, path: str, status: int) -> None:
    deadline = time.monotonic() + 30
    while service.caller().send("GET", path).status != status:
        assert time.monotonic() < deadline, f"{path} does not answer {status}"
        time.sleep(0.05)


def database_file(product: Product) -> Path:
    return product.settings.data_dir / "validate_service.sqlite3"


@pytest.mark.parametrize("pattern", ["validate_service.sqlite3", "validate_service.sqlite3*"])
def test_a_database_that_is_moved_away_and_back_loses_nothing(own_product: Product, pattern: str) -> None:
    """Unavailable while it is gone; then every spent code stays spent and no unspent one is lost."""
    aside = own_product.settings.data_dir.with_name("aside")
    aside.mkdir()
    with served(own_product) as service:
        user = service.owner("mover", "MOVED")
        spent, unspent = [own_product.next_code("MOVED") for _ in range(2)]
        callers = [service.caller() for _ in range(12)]
        assert callers[0].otp(user, spent).is_true
        assert [caller.otp(user, spent).is_false for caller in callers] == [True] * len(callers)
        moved = list(own_product.settings.data_dir.glob(pattern))
        for path in moved:
            path.rename(aside / path.name)
        assert [caller.otp(user, unspent).is_unavailable for caller in callers] == [True] * len(callers)
        assert service.caller().send("GET", "/readyz").status == 503
        assert service.caller().send("GET", "/healthz").status == 200
        for path in moved:
            (aside / path.name).rename(path)
        assert callers[1].otp(user, unspent).is_true
        assert [caller.otp(user, code).is_false for caller in callers for code in (spent, unspent)].count(False) == 0
        assert service.caller().send("GET", "/readyz").status == 200
    assert Counter(event["reason"] for event in own_product.audit(event="otp:verify"))["accepted"] == 2
    assert findings(own_product) == []


def test_a_database_that_is_replaced_is_read_and_written_anew(own_product: Product) -> None:
    """A restored copy: no connection goes on with the file that is gone, not even to read."""
    with served(own_product) as service:
        user = service.owner("restored", "RESTORED")
        callers = [service.caller() for _ in range(12)]
        assert [caller.call("GetQuestions", username=user).status for caller in callers] == [200] * len(callers)
        own_product.installation.database.close()
        copy = database_file(own_product).with_name("copy")
        with sqlite3.connect(database_file(own_product)) as source, sqlite3.connect(copy) as target:
            source.backup(target)
            target.execute("UPDATE api_keys SET revoked_at = 1")
        source.close()
        target.close()
        for path in own_product.settings.data_dir.glob("validate_service.sqlite3-[ws]??"):
            path.unlink()
        copy.replace(database_file(own_product))
        replies = [caller.call("GetQuestions", username=user) for caller in callers]
        assert ["The API key is not valid." in reply.text for reply in replies] == [True] * len(callers)


def test_a_database_that_another_program_locks_makes_calls_unavailable(own_product: Product) -> None:
    """In bounded time; when the lock is gone the same codes are good."""
    with served(own_product) as service:
        user = service.owner("waiter", "WAITING")
        codes = [own_product.next_code("WAITING") for _ in range(3)]
        own_product.installation.database.close()
        with sqlite3.connect(database_file(own_product), isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            assert service.caller().otp(user, codes[0]).is_unavailable
            other.execute("ROLLBACK")
        other.close()
        assert [service.caller().otp(user, code).is_true for code in codes] == [True] * 3
    assert findings(own_product) == []


@contextmanager
def limited(which: int, number: int) -> Iterator[None]:
    """Let processes that are started meanwhile have so much of a resource."""
    before = resource.getrlimit(which)
    resource.setrlimit(which, (number, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(which, before)


def spend_until_full(service: Service, caller: Caller, user: str, serial: str) -> list[str]:
    """Spend codes until one is answered unavailable; return those that were accepted, and last the one that failed."""
    codes = []
    for _ in range(5000):
        codes.append(service.product.next_code(serial))
        reply = caller.otp(user, codes[-1])
        if reply.is_unavailable:
            return codes
        assert reply.is_true
    raise AssertionError("the disk does not fill")


def assert_ledger(service: Service, user: str, codes: list[str]) -> None:
    """All but the last code were accepted: none is accepted again, and nothing else counts as accepted."""
    again = [service.caller().otp(user, code) for code in codes[-12:-1]]
    assert [reply.is_false for reply in again] == [True] * len(again)
    retried = service.caller().otp(user, codes[-1])
    accepted = len(service.product.audit(event="otp:verify", reason="accepted"))
    assert (retried.is_true and accepted == len(codes)) or (retried.is_false and accepted == len(codes) - 1)
    assert findings(service.product) == []


def test_files_that_may_not_grow_make_calls_unavailable(own_product: Product) -> None:
    """A limit on the size of files is a full disk that needs no root; when it is lifted all goes on."""
    with limited(resource.RLIMIT_FSIZE, 1 << 20), served(own_product, workers=1) as service:
        user, caller = service.owner("filler", "FILLING"), service.caller()
        codes = spend_until_full(service, caller, user, "FILLING")
        assert [caller.otp(user, codes[-1]).is_unavailable for _ in range(3)] == [True] * 3
        assert len(own_product.audit(event="otp:verify", reason="accepted")) == len(codes) - 1
        for pid in [service.master, *service.workers]:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert_ledger(service, user, codes)


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of 4 MiB where the system lets us; else tell that it did not."""
    folder.mkdir()
    mounted = not subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", folder], check=False).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_makes_calls_unavailable(tmp_path: Path) -> None:
    """Nothing is accepted while it is full; no accepted code is lost; with space again the service goes on."""
    with small_disk(tmp_path / "disk") as mounted:
        limit = resource.RLIM_INFINITY if mounted else 1 << 20
        product = create_product(tmp_path / "disk")
        with limited(resource.RLIMIT_FSIZE, limit), served(product, workers=2) as service:
            user, caller = service.owner("disk-filler", "FULL"), service.caller()
            ballast = product.settings.data_dir / "ballast"
            with ballast.open("wb") as file:
                for _ in range(800 if mounted else 0):
                    try:
                        file.write(bytes(4096))
                        file.flush()
                    except OSError:
                        break
            codes = spend_until_full(service, caller, user, "FULL")
            # What writes less may find room for a while.
            assert any(caller.call("EncryptValue", name="n", cleartextValue="x").is_unavailable for _ in range(100))
            assert caller.otp(user, codes[-1]).is_unavailable
            ballast.unlink()
            for pid in [service.master, *service.workers]:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            assert_ledger(service, user, codes)
        product.installation.database.close()


@pytest.mark.parametrize("damage", ["removed", "cut", "replaced"])
def test_a_service_without_its_key_ring_is_unavailable_until_it_is_back(own_product: Product, damage: str) -> None:
    """Every operation answers the unavailable fault; nobody need restart anything."""
    ring = own_product.installation.keys.path
    good = ring.read_bytes()
    with served(own_product) as service:
        user = service.owner("keyless", "KEYLESS")
        codes, caller = [own_product.next_code("KEYLESS") for _ in range(2)], service.caller()
        assert caller.otp(user, codes[0]).is_true
        if damage == "removed":
            ring.rename(ring.with_name("elsewhere"))
        elif damage == "cut":
            ring.write_bytes(good[: len(good) // 2])
        else:
            other = create_product(ring.parent / "other")
            other.installation.database.close()
            shutil.copy(other.installation.keys.path, ring)
        assert caller.otp(user, codes[1]).is_unavailable
        assert caller.call("EncryptValue", name="n", cleartextValue="x").is_unavailable
        assert caller.call("GetQuestions", username=user).is_unavailable
        assert caller.send("GET", "/readyz").status == 503
        ring.write_bytes(good)
        assert caller.otp(user, codes[1]).is_true
        assert caller.send("GET", "/readyz").status == 200
    assert findings(own_product) == []


def test_a_key_that_is_rotated_beside_a_running_service_is_used_at_once(own_product: Product) -> None:
    """Values and seeds under the old key still open; new values are under the new key."""
    with served(own_product) as service:
        user, caller = service.owner("rotated", "ROTATED"), service.caller()
        old = element(caller.call("EncryptValue", name="n", cleartextValue="old").text, "EncryptValueResult")
        own_product.core.key_desk.rotate(own_product.operator())
        assert own_product.core.key_desk.reseal(own_product.operator()) == 1
        new = element(caller.call("EncryptValue", name="n", cleartextValue="new").text, "EncryptValueResult")
        assert ">old<" in caller.call("DecryptValue", name="n", encryptedValue=old).text
        assert caller.otp(user, own_product.next_code("ROTATED")).is_true
        own_product.core.key_desk.retire(own_product.operator(), 1)
        assert "could not be decrypted" in caller.call("DecryptValue", name="n", encryptedValue=old).text
        assert ">new<" in caller.call("DecryptValue", name="n", encryptedValue=new).text


class Bystander:
    """Spends one user's codes in order, over one connection; writes down every answer."""

    def __init__(self, service: Service, number: int) -> None:
        self._service = service
        self._serial = f"B{number}"
        self.user = service.owner(f"bystander{number}", self._serial)
        self.accepted: list[int] = []
        self.refused_after_loss: list[int] = []
        self.losses = 0

    def run(self) -> None:
        caller = self._service.caller()
        for counter in range(CODES_EACH):
            code = code_at(self._service.product.seeds[self._serial], counter)
            lost = False
            while True:
                try:
                    reply = caller.otp(self.user, code)
                except (OSError, HTTPException):
                    self.losses, lost = self.losses + 1, True
                    caller.close()
                    continue
                break
            if reply.is_true:
                self.accepted.append(counter)
            else:
                assert reply.is_false, reply.text
                assert lost, "a fresh code was refused"
                self.refused_after_loss.append(counter)


def test_killing_a_worker_under_load_costs_its_calls_in_flight_only(tell: Tell, own_product: Product) -> None:
    """Each client loses at most one call; every code is spent once; the trail is whole and its lanes go on."""
    with served(own_product, workers=2) as service:
        bystanders = [Bystander(service, number) for number in range(BYSTANDERS)]
        threads = [Thread(target=bystander.run) for bystander in bystanders]
        for thread in threads:
            thread.start()
        while sum(len(bystander.accepted) for bystander in bystanders) < BYSTANDERS * CODES_EACH // 4:
            time.sleep(0.01)
        victim = service.workers[0]
        os.kill(victim, signal.SIGKILL)
        for thread in threads:
            thread.join()
        lanes_before = len(own_product.installation.lanes.ends())
        wait_until(service, "/readyz", 200)
        assert victim not in service.workers
    losses = [bystander.losses for bystander in bystanders]
    tell(f"lost calls: {sum(losses)} of {BYSTANDERS * CODES_EACH}")
    assert max(losses) <= 1
    recorded = Counter(e["user_name"] for e in own_product.audit(event="otp:verify", reason="accepted"))
    for bystander in bystanders:
        assert sorted(bystander.accepted + bystander.refused_after_loss) == list(range(CODES_EACH))
        assert recorded[bystander.user] == CODES_EACH
    assert findings(own_product) == []
    own_product.add_user("afterwards")
    assert len(own_product.installation.lanes.ends()) <= lanes_before + 1
    assert findings(own_product) == []
