"""One call of each kind through a real server and a real client: shows that a Python version works at all."""

from collections.abc import Iterator

import pytest
import zeep
import zeep.exceptions

from tests.product import Product, create_product, running

pytestmark = pytest.mark.smoke


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Product, zeep.Client]]:
    """A running service with one user, and a client made from its WSDL."""
    product = create_product(tmp_path_factory.mktemp("smoke"))
    product.add_user(r"CORP\alice")
    product.add_device(r"CORP\alice", "T1")
    with running(product) as url, zeep.Client(f"{url}/ValidateService.asmx?wsdl") as client:  # type: ignore[no-untyped-call]
        yield product, client
    product.installation.database.close()


def test_a_code_is_right_once(served: tuple[Product, zeep.Client]) -> None:
    """Through SOAP 1.1, found by the service's own description."""
    product, client = served
    code = product.next_code("T1")
    assert client.service.ValidateOTP("alice", "CORP", code, product.api_key) is True
    assert client.service.ValidateOTP("alice", "CORP", code, product.api_key) is False


def test_a_value_comes_back(served: tuple[Product, zeep.Client]) -> None:
    """Encrypted, then decrypted, in both layouts."""
    product, client = served
    for suffix in ("", "AES"):
        value = client.service[f"EncryptValue{suffix}"]("db", "grüße", product.api_key)
        assert client.service[f"DecryptValue{suffix}"]("db", value, product.api_key) == "grüße"


def test_a_bad_key_is_a_fault(served: tuple[Product, zeep.Client]) -> None:
    """Not a plain false."""
    _, client = served
    with pytest.raises(zeep.exceptions.Fault, match=r"The API key is not valid\."):
        client.service.ValidateOTP("alice", "CORP", "000000", "wrong")
