"""Two transactions that wait for each other: one is given up as a whole, the other goes on."""

from threading import Barrier, Thread

import pytest

from tests.product import Product
from tests.server.service import findings
from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.errors import UnavailableError
from validate_service.core.model import Factor
from validate_service.core.names import UserName
from validate_service.storage.users import UserTable

PATIENCE_S = 30
USERS = ("alice", "bob")


def count_in_turn(product: Product, users: list[int], each_has_one: Barrier) -> bool:
    """Count a failure of each of *users* and record an event; tell whether that was committed."""
    try:
        with product.installation.database.write() as transaction:
            transaction.record(AuditEvent(EventName.USER_FIND, DONE, product.operator(), 1))
            for user_id in users:
                UserTable().count_failure(transaction, user_id, Factor.CARD, 1, pin=False)
                if user_id == users[0]:
                    each_has_one.wait(PATIENCE_S)
    except UnavailableError:
        return False
    return True


def failures(product: Product) -> list[int]:
    """Return how many failures are counted of each user."""
    with product.installation.database.read() as session:
        found = [UserTable().find(session, product.tenant.id, UserName("", name)) for name in USERS]
    return [user.failures.other for user in found if user is not None]


@pytest.mark.parametrize("database", ["mariadb", "postgresql"], indirect=True)
def test_of_two_who_wait_for_each_other_one_is_told_that_it_was_in_vain(product: Product) -> None:
    """Nothing of it stays, neither change nor event; on SQLite nobody begins before the other has ended."""
    users = [
        product.core.user_register.get(product.operator(product.add_user(name)), product.tenant).id for name in USERS
    ]
    before, each_has_one, told = len(product.audit()), Barrier(2), list[bool]()
    threads = [
        Thread(target=lambda order=order: told.append(count_in_turn(product, order, each_has_one)))
        for order in (users, users[::-1])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(told) == [False, True]
    assert failures(product) == [1, 1]
    assert len(product.audit()) == before + 1
    assert findings(product) == []
