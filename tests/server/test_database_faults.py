"""A service whose PostgreSQL is slow, full, read-only, silent or gone: nothing is accepted, nothing is lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from threading import Thread
from typing import TypeAlias

import psycopg
import pytest
from sqlalchemy import make_url

from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, create_product, running
from tests.server.relay import Relay
from tests.server.rounds import LONG_VARIABLE
from tests.server.service import ACCOUNT, Caller, Service, Together, children_of, findings, served, until
from validate_service.bootstrap import open_installation, open_service
from validate_service.core.errors import UnavailableError
from validate_service.storage.database import Database
from validate_service.storage.sessions import own

WITHIN_S = 5
"""No call may take longer: the limits of the product are 1 and 2 s, and the machine is busy."""

THREADS = 4
DATABASE_ERROR = 9010
SERIALS = count()
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
"""The processes that serve other connections."""


@dataclass
class Site:
    """A service, the database behind it, and the way between them."""

    service: Service
    server: PostgresServer
    relay: Relay
    account_key: str

    @property
    def product(self) -> Product:
        return self.service.product

    @property
    def database(self) -> str:
        return make_url(self.product.settings.database_url).database or ""

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """Return another program's connection to the database."""
        return psycopg.connect(f"host={self.server.folder} user=postgres dbname={self.database}", autocommit=True)

    def owner(self) -> tuple[str, str]:
        """Return a new user, and the serial of their token."""
        number = next(SERIALS)
        serial = f"FAULT-{number}"
        return self.service.owner(f"fault{number}", serial), serial

    def status(self, path: str) -> int:
        return self.service.caller().send("GET", path).status


Fault: TypeAlias = Callable[[Site], AbstractContextManager[object]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service of two processes with few threads, far from its database."""
    with postgres_server(most_connections=40) as server, pytest.MonkeyPatch.context() as patch:
        patch.delenv(LONG_VARIABLE, raising=False)
        product = create_product(tmp_path_factory.mktemp("faults"), database_url=server.new_database())
        relay = Relay(server.folder / ".s.PGSQL.5432")
        account_key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, ACCOUNT)
        url = url_over(relay, product)
        with served(product, VALIDATE_SERVICE_DATABASE_URL=url, VALIDATE_SERVICE_THREADS=str(THREADS)) as service:
            yield Site(service, server, relay, account_key)
        product.installation.database.close()
        relay.close()


def url_over(relay: Relay, product: Product) -> str:
    """Return the URL of the product's database for a service that reaches it over *relay*."""
    database = make_url(product.settings.database_url).database
    return f"postgresql+psycopg://postgres@127.0.0.1:{relay.port}/{database}?sslmode=disable"


@contextmanager
def one_more(site: Site, *, ready: bool) -> Iterator[str]:
    """Run another service on the same installation, with one process; yield its URL."""
    url = url_over(site.relay, site.product)
    with running(site.product, workers=1, log=None, ready=ready, VALIDATE_SERVICE_DATABASE_URL=url) as found:
        yield found


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Another program holds the tables that are written."""
    with site.connect() as other, other.transaction():
        other.execute("LOCK TABLE audit_events, devices, users IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def frozen(site: Site) -> Iterator[None]:
    """The database's processes stand still: connections are open, and nobody answers."""
    site.product.installation.database.close()
    processes = [site.server.postmaster, *children_of(site.server.postmaster)]
    tell_all(processes, signal.SIGSTOP)
    try:
        yield
    finally:
        tell_all(processes, signal.SIGCONT)


def tell_all(processes: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to those that are still there: the database ends processes of its own accord, too."""
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def stopped(site: Site) -> Iterator[None]:
    """The database is gone."""
    site.product.installation.database.close()
    site.server.stop()
    try:
        yield
    finally:
        site.server.start()


@contextmanager
def read_only(site: Site) -> Iterator[None]:
    """The database takes no changes, as while it fails over."""
    set_everywhere(site, "ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        yield
    finally:
        set_everywhere(site, "ALTER SYSTEM RESET default_transaction_read_only")


def set_everywhere(site: Site, setting: str) -> None:
    with site.connect() as connection:
        connection.execute(setting)
        connection.execute("SELECT pg_reload_conf()")
    # The postmaster tells new backends first and the others soon after.
    wanted = "on" if " = on" in setting else "off"
    until(lambda: _shown(site) == wanted)


def _shown(site: Site) -> object:
    with site.connect() as connection:
        row = connection.execute("SHOW default_transaction_read_only").fetchone()
    return row and row[0]


@contextmanager
def full(site: Site) -> Iterator[None]:
    """Others have taken all connections that the database allows; those of the service were cut."""
    with ExitStack() as others, site.connect() as killer:
        site.product.installation.database.close()
        killer.execute(f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}")
        try:
            while True:
                others.enter_context(site.connect())
        except psycopg.OperationalError as error:
            assert "too many clients" in str(error)  # noqa: PT017  # raised by whichever connection is one too many
        yield


def silent(site: Site) -> AbstractContextManager[None]:
    """The network carries nothing any more."""
    return site.relay.silent()


FAULTS: dict[str, Fault] = {
    "frozen": frozen,
    "full": full,
    "locked": locked,
    "read_only": read_only,
    "silent": silent,
    "stopped": stopped,
}


@contextmanager
def in_time(limit_s: float = WITHIN_S) -> Iterator[None]:
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < limit_s


def is_unavailable_everywhere(site: Site, user: str, code: str) -> list[bool]:
    """Tell, for each surface, whether it says within its time that the service is unavailable."""
    caller, said = site.service.caller(), []
    with in_time():
        said.append(caller.otp(user, code).is_unavailable)
    with in_time():
        said.append(caller.rest("AddUser", userName=f"{user}-added", domainName="").status == 503)
    with in_time():
        said.append(caller.connector("validate_oath_otp", site.account_key, username=user, otp=code) == DATABASE_ERROR)
    return said


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_database_that_fails_makes_calls_unavailable_and_loses_nothing(site: Site, fault: Fault) -> None:
    """On every surface, within the time limit; afterwards the same code is good, once, without a restart."""
    user, serial = site.owner()
    spent, unspent = (site.product.next_code(serial) for _ in range(2))
    assert site.service.caller().otp(user, spent).is_true
    with fault(site):
        assert is_unavailable_everywhere(site, user, unspent) == [True] * 3
        with in_time():
            assert site.status("/readyz") == 503
        assert site.status("/healthz") == 200
    until(lambda: site.status("/readyz") == 200)
    until(lambda: not site.service.caller().otp(user, "000000").is_unavailable)
    assert [site.service.caller().otp(user, code).is_true for code in (unspent, unspent, spent)] == [True, False, False]
    accepted = site.product.audit(event="otp:verify", user_name=user, reason="accepted")
    assert len(accepted) == 2
    assert findings(site.product) == []


def several(site: Site, codes: list[tuple[str, str]]) -> list[bool]:
    """Spend codes all at once, so that many threads use their connections; tell which were accepted."""
    callers = [(site.service.caller(), *code) for code in codes]
    together = Together(lambda item: item[0].otp(item[1], item[2]).is_true, callers)
    assert together.errors == []
    return together.results


def fresh_codes(site: Site, number: int) -> list[tuple[str, str]]:
    """Return so many codes, each of a user of its own."""
    owners = [site.owner() for _ in range(number)]
    return [(user, site.product.next_code(serial)) for user, serial in owners]


@pytest.mark.parametrize("how", ["terminated", "restarted"])
def test_connections_that_were_cut_while_nobody_used_them_cost_no_call(site: Site, how: str) -> None:
    """That the database has hung up is seen before anything is asked: every thread goes on with a new connection."""
    assert several(site, fresh_codes(site, 12)) == [True] * 12
    codes = fresh_codes(site, 12)
    if how == "restarted":
        with stopped(site):
            pass
    else:
        site.product.installation.database.close()
        with site.connect() as killer:
            killer.execute(f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}")
    assert several(site, codes) == [True] * 12
    assert findings(site.product) == []


def test_a_connection_that_is_cut_in_the_middle_of_a_call_accepts_nothing(site: Site) -> None:
    """The call is unavailable; its code is good afterwards, once."""
    user, serial = site.owner()
    code, caller = site.product.next_code(serial), site.service.caller()
    with site.connect() as other, other.transaction():
        other.execute("SELECT 1 FROM devices WHERE serial = %s FOR UPDATE", [serial])
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        answers: list[bool] = []
        call = Thread(target=lambda: answers.append(caller.otp(user, code).is_unavailable))
        call.start()
        with site.connect() as killer:
            until(lambda: bool(answers) or killer.execute(waiting).fetchone() is not None)
            killer.execute(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) AS caller")
        call.join()
    assert answers == [True]
    assert [caller.otp(user, code).is_true for _ in range(2)] == [True, False]
    assert findings(site.product) == []


@contextmanager
def begun_before_its_database(site: Site) -> Iterator[tuple[Caller, Callable[[], None]]]:
    """Start one more service while the database is stopped; yield a caller, and what starts the database."""
    with ExitStack() as gone:
        gone.enter_context(stopped(site))
        with one_more(site, ready=False) as url, closing(Caller(url, site.product.api_key)) as caller:
            yield caller, gone.close


def test_a_service_may_be_started_before_its_database(site: Site) -> None:
    """It answers that it is unavailable; when the database is there all is well, without a restart."""
    user, serial = site.owner()
    code = site.product.next_code(serial)
    with begun_before_its_database(site) as (caller, start_database):
        assert caller.otp(user, code).is_unavailable
        assert caller.send("GET", "/readyz").status == 503
        assert caller.send("GET", "/healthz").status == 200
        start_database()
        until(lambda: caller.send("GET", "/readyz").status == 200)
        assert [caller.otp(user, code).is_true for _ in range(2)] == [True, False]


def test_a_database_of_another_version_is_not_served_when_it_comes_back(site: Site) -> None:
    """What could not be looked at when the service began is looked at before anything is done with it."""
    user, serial = site.owner()
    code = site.product.next_code(serial)
    with begun_before_its_database(site) as (caller, start_database):
        start_database()
        with site.connect() as connection:
            connection.execute("UPDATE alembic_version SET version_num = 'x' || version_num")
        assert [caller.otp(user, code).is_unavailable for _ in range(4)] == [True] * 4
        assert caller.send("GET", "/readyz").status == 503
        with site.connect() as connection:
            connection.execute("UPDATE alembic_version SET version_num = substr(version_num, 2)")
        until(lambda: caller.send("GET", "/readyz").status == 200)
        assert [caller.otp(user, code).is_true for _ in range(2)] == [True, False]


def test_a_worker_that_is_replaced_after_an_upgrade_serves_on(site: Site) -> None:
    """The version before goes on serving beside a newer schema, whatever becomes of its processes."""
    user, serial = site.owner()
    others = set(children_of(os.getpid()))
    with one_more(site, ready=True) as url, newer_schema(site):
        (master,) = set(children_of(os.getpid())) - others
        (worker,) = children_of(master)
        os.kill(worker, signal.SIGKILL)
        until(lambda: bool(set(children_of(master)) - {worker}))
        with closing(Caller(url, site.product.api_key)) as caller:
            assert caller.otp(user, site.product.next_code(serial)).is_true


@contextmanager
def newer_schema(site: Site) -> Iterator[None]:
    """The database says that it was upgraded."""
    with site.connect() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9' || version_num")
        try:
            yield
        finally:
            connection.execute("UPDATE alembic_version SET version_num = substr(version_num, 2)")


def take_long(database: Database) -> None:
    """Run a statement that takes longer than one of a call may."""
    try:
        with database.read() as session:
            own(session).say("SELECT pg_sleep(1.2)")
    finally:
        database.close()


def test_what_an_operator_does_may_take_longer_than_a_call(site: Site) -> None:
    """The time limit of statements is that of calls: migrations and verifications take as long as they take."""
    settings = site.product.settings
    with pytest.raises(UnavailableError, match="QueryCanceled"):
        take_long(open_service(settings).database)
    take_long(open_installation(settings).database)


def test_many_calls_about_a_silent_database_do_not_wait_for_each_other(site: Site) -> None:
    """Ten times as many as there are threads: one after the other they would wait for twenty seconds."""
    codes = fresh_codes(site, 2)
    callers = [site.service.caller() for _ in range(10 * 2 * THREADS)]
    with silent(site):
        # The first find their connections silent; from then on one thread at a time tries to make another.
        assert site.service.caller().otp(*codes[0]).is_unavailable
        with in_time(2 * WITHIN_S):
            together = Together(lambda caller: caller.otp(*codes[1]).is_unavailable, callers)
        assert together.errors == []
        assert together.results == [True] * len(callers)
    until(lambda: site.status("/readyz") == 200)
    until(lambda: not site.service.caller().otp(codes[0][0], "000000").is_unavailable)
    assert several(site, codes) == [True] * 2
