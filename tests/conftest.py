"""Fixtures that several folders share."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import settings

from tests.primitives.software_phone import URL
from tests.product import Product, copied_product, create_product
from tests.world import FakeClock, FakeCourier, fake_world

# A busy machine is no broken rule.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


Tell: TypeAlias = Callable[[str], None]
_TOLD = pytest.StashKey[list[str]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Say what was counted: it stands below the results, also when all is well."""
    return request.config.stash.setdefault(_TOLD, []).append


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what the tests of another process told."""
    node.config.stash.setdefault(_TOLD, []).extend(getattr(node, "workeroutput", {}).get("told", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the tests told."""
    for line in config.stash.get(_TOLD, []):
        terminalreporter.write_line(f"counted: {line}")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until a test moves it."""
    return FakeClock()


@pytest.fixture(scope="session")
def new_product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A product as it is after its installation, to be copied."""
    product = create_product(tmp_path_factory.mktemp("new"), fake_world(FakeClock()))
    product.installation.database.close()
    return product


@pytest.fixture
def courier() -> FakeCourier:
    """Takes the messages that leave the product."""
    return FakeCourier()


@pytest.fixture
def product(new_product: Product, tmp_path: Path, clock: FakeClock, courier: FakeCourier) -> Iterator[Product]:
    """A product in process, on SQLite, at a time that the test decides."""
    product = copied_product(new_product, tmp_path, fake_world(clock, courier))
    yield product
    product.installation.database.close()


@pytest.fixture
def reachable_product(
    new_product: Product, tmp_path: Path, clock: FakeClock, courier: FakeCourier
) -> Iterator[Product]:
    """A product in process that knows its address, with a user."""
    reachable = replace(new_product, settings=replace(new_product.settings, public_url=URL))
    product = copied_product(reachable, tmp_path, fake_world(clock, courier))
    product.add_user("alice")
    yield product
    product.installation.database.close()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was told, if this is one of several processes; under CI let a skipped test be a failure.

    What cannot run under CI is not tested.
    """
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["told"] = session.config.stash.get(_TOLD, [])
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
