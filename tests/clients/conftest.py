"""The running server, one for each module of tests."""

from collections.abc import Iterator

import pytest

from tests.clients.desk import Desk
from tests.clients.service import Service
from tests.product import create_product, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """``validate-service serve`` on an installation of its own, called as any machine of the network would call it."""
    product = create_product(tmp_path_factory.mktemp("installation"))
    with running(product) as url:
        yield Service(product, f"{url}/ValidateService.asmx")
    product.installation.database.close()


@pytest.fixture(scope="module")
def desk(service: Service) -> Iterator[Desk]:
    """An operator who answers push approvals while the module's tests run."""
    with Desk(service.product) as desk:
        yield desk
