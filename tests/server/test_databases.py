"""The service on a database server: what a caller sees does not depend on which one it is."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.mariadb import mariadb_server
from tests.postgresql import postgres_server
from tests.product import Product, create_product
from tests.server.service import Reply, Service, findings, served, until
from validate_service.core.model import DeviceKind


@pytest.fixture(scope="module", params=["mariadb", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on each kind of server."""
    begin = mariadb_server if request.param == "mariadb" else postgres_server
    with begin() as server:
        product = create_product(tmp_path_factory.mktemp("served"), database_url=server.new_database())
        with served(product) as service:
            yield service
        product.installation.database.close()


def test_a_one_time_password_is_good_once(service: Service) -> None:
    """Whichever worker is asked."""
    alice, caller = service.owner("alice", "H1"), service.caller()
    code = service.product.next_code("H1")
    assert caller.otp(alice, service.product.wrong_code("H1")).is_false
    assert caller.otp(alice, code).is_true
    assert all(service.caller().otp(alice, code).is_false for _ in range(4))
    assert findings(service.product) == []


@pytest.mark.parametrize("approve", [True, False], ids=["approved", "denied"])
def test_a_push_is_answered_from_another_process(service: Service, approve: bool) -> None:
    """Whoever waits is woken by what the database says."""
    user = service.product.add_user(f"asked {approve}")
    service.product.add_device(user, f"PHONE {approve}", DeviceKind.AUTHENTICATOR)
    replies: list[Reply] = []
    caller = service.caller()
    waiting = Thread(target=lambda: replies.append(caller.call("ValidatePush", username=user, loginTo="Portal")))
    waiting.start()
    until(lambda: len(pending(service.product)) == 1)
    (approval,) = pending(service.product)
    desk, operator = service.product.core.approval_desk, service.product.operator()
    desk.answer(operator, service.product.tenant, approval, approve=approve)
    waiting.join(30)
    assert [reply.is_true for reply in replies] == [approve]


def pending(product: Product) -> list[str]:
    """Return the pushes that wait for an answer."""
    return [one.id for one in product.core.approval_desk.pending(product.tenant)]


def test_a_server_that_may_forget_is_told_of(service: Service) -> None:
    """The tests' own does not sync: the log says which settings let answered calls be lost."""
    log = Path(service.product.settings.data_dir / "server.log").read_text("utf-8")
    assert "the database may lose answered calls in a power cut" in log
    assert '"setting": "' in log
