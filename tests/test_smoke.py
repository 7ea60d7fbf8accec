"""One call of each kind through a real server and a real client: shows that a Python version works at all."""

from collections.abc import Iterator

import pytest
import requests
import zeep
import zeep.exceptions

from tests.product import Product, create_product, running

pytestmark = pytest.mark.smoke


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product with one user."""
    product = create_product(tmp_path_factory.mktemp("smoke"))
    product.add_user(r"CORP\alice")
    product.add_device(r"CORP\alice", "T1")
    yield product
    product.installation.database.close()


@pytest.fixture(scope="module")
def url(product: Product) -> Iterator[str]:
    """Where the product is served."""
    with running(product) as url:
        yield url


@pytest.fixture(scope="module")
def served(product: Product, url: str) -> Iterator[tuple[Product, zeep.Client]]:
    """The product, and a client made from its WSDL."""
    with zeep.Client(f"{url}/ValidateService.asmx?wsdl") as client:  # type: ignore[no-untyped-call]
        yield product, client


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


def test_a_code_that_rest_issues_is_good_over_soap(url: str, served: tuple[Product, zeep.Client]) -> None:
    """For a user whom REST added, and only until REST deletes the user."""
    product, client = served

    def call(name: str) -> str:
        fields = {"userName": "bob", "apiKey": product.api_key}
        answer = requests.post(f"{url}/restservices/restservice.svc/{name}", json=fields, timeout=30).json()
        assert answer["status"] == "success", answer
        return str(answer["Result"])

    assert call("AddUser") == "bob Saved successfully"
    code = call("GenerateAuthCode")
    assert client.service.ValidateAuthCode("bob", "", code, product.api_key) is True
    assert call("DeleteUser") == "User \\bob Deleted Successfully"
    assert client.service.ValidateAuthCode("bob", "", code, product.api_key) is False
