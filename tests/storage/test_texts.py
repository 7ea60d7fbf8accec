"""Texts are kept as they are, and are equal only if they are the same, whatever a server's own habits are."""

import pytest

from tests.product import Product
from validate_service.core.errors import ConflictError
from validate_service.core.model import Profile
from validate_service.core.names import UserName
from validate_service.storage.tenants import TenantTable
from validate_service.storage.users import UserTable

ALIKE = (
    *("name", "Name", "náme", "na\u0301me", "name ", " name", "name\t", "ñame", "n\u0430me"),
    *("straße", "strasse", "ﬁt", "fit", "😀", "🤐", "\U0001d54f", "日本"),
    *("a'b", 'a"b', "a\\b", "a\\\\b", "%s", "a%b", "\x1a"),
)
"""Texts that one database or another takes for the same, or spoils."""


def test_texts_that_look_alike_are_different(product: Product) -> None:
    """Each finds its own row, as it was written; only the very same is a conflict."""
    table, database = TenantTable(), product.installation.database
    with database.write() as transaction:
        ids = {name: table.add(transaction, uid=str(number), name=name, at=1) for number, name in enumerate(ALIKE)}
    assert len(set(ids.values())) == len(ALIKE)
    with database.read() as session:
        found = {name: table.get(session, name) for name in ALIKE}
    assert {name: (tenant.id, tenant.name) for name, tenant in found.items()} == {
        name: (ids[name], name) for name in ALIKE
    }
    for name in ALIKE:
        with pytest.raises(ConflictError), database.write() as transaction:
            table.add(transaction, uid="new", name=name, at=1)


def test_a_text_fills_its_column_and_not_more(product: Product) -> None:
    """The longest that the core lets through are kept whole, in characters of four bytes too."""
    longest = "😀" * 256
    with product.installation.database.write() as transaction:
        TenantTable().add(transaction, uid="new", name=longest, at=1)
    with product.installation.database.read() as session:
        assert TenantTable().get(session, longest).name == longest


PEOPLE = {
    "al%ice": Profile(email="Al.Ice@Example.org", first_name="Al", last_name="Ice"),
    "al_ice": Profile(email="other@example.org"),
    "al/ice": Profile(email=""),
    "alxice": Profile(email="x@example.org"),
}


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("corp\\al", set(PEOPLE)),
        ("l%i", {"al%ice"}),
        ("l_i", {"al_ice"}),
        ("l/i", {"al/ice"}),
        ("LXI", {"alxice"}),
        ("al.ice@EXAMPLE", {"al%ice"}),
        ("al ice", {"al%ice"}),
        ("nobody", set()),
        ("'", set()),
    ],
)
def test_users_are_sought_by_what_stands_there(product: Product, sought: str, found: set[str]) -> None:
    """Case does not matter; no character has a meaning of its own."""
    table, database = UserTable(), product.installation.database
    with database.write() as transaction:
        for name, profile in PEOPLE.items():
            table.add(transaction, product.tenant.id, UserName("CORP", name), profile, 1)
    with database.read() as session:
        rows, count = table.search(session, product.tenant.id, sought, first=0, most=10)
    assert ({name.username for name, _ in rows}, count) == (found, len(found))
