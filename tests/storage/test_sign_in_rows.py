"""A user's last sign-ins: found by index, however many others there are."""

from sqlalchemy import inspect

from tests.product import Product
from tests.world import FakeClock
from validate_service.storage.audit_trail import AuditTrail
from validate_service.storage.tables import audit_events


def test_only_a_users_own_attempts_are_read(product: Product, clock: FakeClock) -> None:
    """Newest first; of several at one instant the one that was written last; and none that verified nobody."""
    for user in ("alice", "bob"):
        product.add_user(user)
        product.add_device(user, f"T-{user}")
    for _ in range(3):
        product.core.otp.verify(product.call("alice"), product.wrong_code("T-alice"))
        product.core.otp.verify(product.call("bob"), product.wrong_code("T-bob"))
    clock.advance(1)
    product.core.otp.verify(product.call("alice"), product.next_code("T-alice"))
    user_id = product.core.user_register.get(product.operator("alice"), product.tenant).id
    with product.installation.database.read() as session:
        found = AuditTrail().sign_ins(session, user_id, 3)
        everything = AuditTrail().sign_ins(session, user_id, 100)
    assert [(one.event, one.reason, one.device) for one in found] == [
        ("otp:verify", "accepted", "T-alice"),
        *[("otp:verify", "wrong_code", "")] * 2,
    ]
    assert len(everything) == 4


def test_the_trail_has_an_index_for_it(product: Product) -> None:
    """Else every look at the page would read the whole trail."""
    indexes = inspect(product.installation.database.engine).get_indexes(audit_events.name)
    assert ["user_id", "at"] in [index["column_names"] for index in indexes]
