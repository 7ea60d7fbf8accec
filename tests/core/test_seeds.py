"""Seeds: sealed in the database, opened in their own row only."""

import pytest

from tests.product import Product
from validate_service.core.errors import UnavailableError


def sealed_seed(product: Product, seed: bytes) -> bytes:
    """Return *seed* sealed for the device A of the first tenant."""
    with product.installation.database.write() as transaction:
        return product.core.device_register.seeds.seal(transaction, 1, "A", seed)


def test_a_seed_opens_for_its_own_device_and_tenant_only(product: Product) -> None:
    """Neither another serial nor another tenant."""
    seeds, sealed = product.core.device_register.seeds, sealed_seed(product, b"12345678901234567890")
    assert seeds.unseal(1, "A", sealed) == b"12345678901234567890"
    for tenant_id, serial in ((1, "B"), (2, "A"), (1, "a")):
        with pytest.raises(UnavailableError, match="does not open under key 1"):
            seeds.unseal(tenant_id, serial, sealed)


@pytest.mark.parametrize("sealed", [b"", b"\0\0\0\1", b"\0\0\0\2" + bytes(40), b"\0\0\0\1" + bytes(40)])
def test_a_damaged_seal_or_an_unknown_key_is_unavailable(product: Product, sealed: bytes) -> None:
    """It is our fault and not the user's: nothing is counted."""
    with pytest.raises(UnavailableError):
        product.core.device_register.seeds.unseal(1, "A", sealed)


def test_one_seed_is_sealed_differently_each_time(product: Product) -> None:
    """Nobody sees that two devices share one."""
    assert sealed_seed(product, b"x" * 20) != sealed_seed(product, b"x" * 20)
