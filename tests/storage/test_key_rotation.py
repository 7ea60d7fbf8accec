"""The ring is changed while another process seals a seed: none is ever left under a key that is retired."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from tests.product import Product
from validate_service.core.key_ring import KeyState
from validate_service.primitives.hotp import code_at

SEED = b"12345678901234567890"
BARRED_S = 0.3
"""For how long it is looked whether the ring changes that must not change: far longer than a change takes."""

PATIENCE_S = 30

ENROL = """
import sys
from validate_service.bootstrap import open_installation
from validate_service.config import read_settings
from validate_service.core.calls import Call
from validate_service.core.devices import Enrolment
from validate_service.core.model import DeviceKind
from validate_service.core.names import UserName
from validate_service.core.origin import Origin
from validate_service.core.seeds import Seeds

installation = open_installation(read_settings())
tenant = installation.core.tenant_register.get("default")
call = Call(Origin("cli", "test", "", "test"), caller="tester", user=UserName("", "alice"))

seal = Seeds.seal

def seal_and_wait(*arguments):
    sealed = seal(*arguments)
    print("sealed", flush=True)
    sys.stdin.readline()
    return sealed

Seeds.seal = seal_and_wait
enrolment = Enrolment("H1", DeviceKind.HOTP, seed=sys.argv[1].encode())
installation.core.device_register.add(call, tenant, enrolment)
"""


@pytest.fixture
def alice(product: Product) -> Product:
    """A product with a user."""
    product.add_user("alice")
    return product


@contextmanager
def enrolling(product: Product) -> Iterator[None]:
    """Let another process give alice a device: it seals the seed before the block, and stores it after it."""
    own = {"DATA_DIR": str(product.settings.data_dir), "DATABASE_URL": product.settings.database}
    variables = os.environ | {f"VALIDATE_SERVICE_{name}": text for name, text in own.items()}
    command = [sys.executable, "-c", ENROL, SEED.decode()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=variables, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sealed\n"
        yield
        process.communicate("go on\n", timeout=PATIENCE_S)
    assert process.returncode == 0


def change_ring(product: Product) -> None:
    """Rotate, reseal, and retire the key that was active."""
    desk, operator = product.core.key_desk, product.operator()
    new = desk.rotate(operator)
    desk.reseal(operator)
    desk.retire(operator, new - 1)


def test_a_key_is_not_retired_between_a_seal_and_its_commit(alice: Product) -> None:
    """Whoever changes the ring waits until the seed that was sealed is there to be resealed."""
    changing = Thread(target=change_ring, args=(alice,))
    with enrolling(alice):
        changing.start()
        changing.join(BARRED_S)
    changing.join(PATIENCE_S)
    assert not changing.is_alive()
    states = [key.state for _, key in sorted(alice.core.key_desk.listing().items())]
    assert states == [KeyState.RETIRED, KeyState.ACTIVE]
    assert alice.core.otp.verify(alice.call("alice"), code_at(SEED, 0)).accepted
