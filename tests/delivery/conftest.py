"""One certificate for all servers of a run: making one takes longer than sending a message."""

import pytest

from tests.delivery.servers import Certificate, make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate that is good for the test's servers, for whoever trusts its file."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def foreign_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for another address."""
    return make_certificate(tmp_path_factory.mktemp("foreign"), address="192.0.2.1")
