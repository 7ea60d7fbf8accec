"""A service whose MariaDB is slow, silent, gone or cut off: nothing is accepted, nothing is lost."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import TypeAlias

import pytest
from sqlalchemy import make_url

from tests.mariadb import MariaServer, mariadb_server
from tests.product import create_product
from tests.server.relay import Relay
from tests.server.rounds import LONG_VARIABLE
from tests.server.service import Service, findings, served, until

WITHIN_S = 5
THREADS = "4"
SERIALS = count()


@dataclass
class Site:
    """A service, the database behind it, and the way between them."""

    service: Service
    server: MariaServer
    relay: Relay

    @property
    def database(self) -> str:
        return make_url(self.service.product.settings.database_url).database or ""

    def status(self, path: str) -> int:
        return self.service.caller().send("GET", path).status


Fault: TypeAlias = Callable[[Site], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service of one process with few threads, far from its database."""
    with mariadb_server() as server, pytest.MonkeyPatch.context() as patch:
        patch.delenv(LONG_VARIABLE, raising=False)
        product = create_product(tmp_path_factory.mktemp("faults"), database_url=server.new_database())
        relay = Relay(server.socket)
        url = f"mariadb+pymysql://root@127.0.0.1:{relay.port}/{make_url(product.settings.database_url).database}"
        with served(product, workers=1, VALIDATE_SERVICE_DATABASE_URL=url, VALIDATE_SERVICE_THREADS=THREADS) as service:
            yield Site(service, server, relay)
        product.installation.database.close()
        relay.close()


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Another program holds the tables that are written."""
    with site.server.connect() as other, other.cursor() as cursor:
        cursor.execute(f"USE {site.database}")
        cursor.execute("LOCK TABLES audit_events WRITE, devices WRITE, users WRITE")
        yield
        cursor.execute("UNLOCK TABLES")


def silent(site: Site) -> AbstractContextManager[None]:
    """The network carries nothing any more."""
    return site.relay.silent()


@pytest.mark.parametrize("fault", [locked, silent], ids=lambda fault: fault.__name__)
def test_a_mariadb_that_fails_makes_calls_unavailable_and_loses_nothing(site: Site, fault: Fault) -> None:
    """Within the time limit; afterwards the same code is good, once, without a restart."""
    product, serial = site.service.product, f"FAULT-{next(SERIALS)}"
    user = site.service.owner(serial.lower(), serial)
    spent, unspent = (product.next_code(serial) for _ in range(2))
    assert site.service.caller().otp(user, spent).is_true
    with fault(site):
        begin = monotonic()
        assert site.service.caller().otp(user, unspent).is_unavailable
        assert monotonic() - begin < WITHIN_S
        assert site.status("/readyz") == 503
    until(lambda: site.status("/readyz") == 200)
    until(lambda: not site.service.caller().otp(user, "000000").is_unavailable)
    assert [site.service.caller().otp(user, code).is_true for code in (unspent, unspent, spent)] == [True, False, False]
    assert findings(product) == []


def test_connections_to_mariadb_that_were_cut_while_nobody_used_them_cost_no_call(site: Site) -> None:
    """That the database has hung up is seen before anything is asked."""
    product, serial = site.service.product, f"CUT-{next(SERIALS)}"
    user = site.service.owner(serial.lower(), serial)
    callers = [site.service.caller() for _ in range(2 * int(THREADS))]
    for _ in range(2):
        assert [caller.otp(user, product.next_code(serial)).is_true for caller in callers] == [True] * len(callers)
        product.installation.database.close()
        with site.server.connect() as killer, killer.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", [site.database])
            for (connection,) in cursor.fetchall():
                cursor.execute(f"KILL {connection}")
    assert findings(product) == []
