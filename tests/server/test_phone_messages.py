"""Messages to phones from a running service, through a push service that reads them as the phone would."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from threading import Thread
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.delivery.push_service import HANG, Browser, PushServer, push_service
from tests.delivery.servers import HOST
from tests.primitives.software_phone import URL, SoftwarePhone, phone_call
from tests.product import Product, create_product, free_port
from tests.server.service import PATIENCE_S, Reply, Service, served, until
from validate_service.core.enrolments import PATH

_NUMBERS = count(1)


@dataclass
class Someone:
    """A user with one phone, and whoever asks for an approval.

    Attributes:
        service: The service.
        name: The user's name.
        phone: The phone.
    """

    service: Service
    name: str
    phone: SoftwarePhone

    @property
    def product(self) -> Product:
        return self.service.product

    def approves(self, meanwhile: Callable[[], object] = lambda: None) -> bool:
        """Tell whether the portal is answered yes whose push is approved after *meanwhile*."""
        replies: list[Reply] = []
        portal, core = self.service.caller(), self.product.core
        asking = Thread(
            target=lambda: replies.append(portal.call("ValidatePush", username=self.name, loginTo="Portal"))
        )
        asking.start()
        until(lambda: core.phone_inbox.pending(self.phone.holder(core)) != [])
        meanwhile()
        assert self.phone.answer(core, self.phone.question(core)).accepted
        asking.join(PATIENCE_S)
        return replies[0].is_true

    def failures(self, reason: str) -> list[dict[str, Any]]:
        """Return what was audited about messages to the phone that ended so."""
        return self.product.audit(event="push:deliver", reason=reason, user_name=self.name)


@dataclass
class Site:
    """A service, and the push service that its settings name."""

    service: Service
    server: PushServer

    def someone(self, endpoint: str = "") -> tuple[Someone, Browser]:
        """Return a new user whose phone takes messages, at *endpoint* if that is somewhere else."""
        product, core, name = self.service.product, self.service.product.core, f"user{next(_NUMBERS)}"
        product.add_user(name)
        phone = SoftwarePhone()
        phone.enrol(core, core.enrolment_desk.issue(product.operator(name), product.tenant).split(PATH)[1])
        key = core.phone_messages.public_key()
        assert key is not None
        browser = Browser(endpoint, key) if endpoint else self.server.subscribe(key)
        core.phone_messages.subscribe(phone_call(), phone.holder(core), browser.subscription)
        return Someone(self.service, name, phone), browser

    def metric(self, name: str) -> float:
        """Return what all processes together have counted."""
        text = requests.get(f"{self.service.url}/metrics", timeout=PATIENCE_S).text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return next(sample.value for sample in samples if sample.name == f"validate_service_{name}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that tests share; every test brings its own user."""
    with push_service() as server:
        product = create_product(tmp_path_factory.mktemp("site"), public_url=URL, push=server.settings)
        environment: dict[str, Any] = {
            "VALIDATE_SERVICE_PUBLIC_URL": URL,
            "VALIDATE_SERVICE_PUSH_CONTACT": server.settings.contact,
            "VALIDATE_SERVICE_PUSH_SERVICES": " ".join(server.settings.services),
            "VALIDATE_SERVICE_DELIVERY_TIMEOUT_S": "1",
        }
        with served(product, **environment) as service:
            yield Site(service, server)
        product.installation.database.close()


def test_a_push_rings_the_phone(site: Site) -> None:
    """The message lives as long as the push, and says nothing of it."""
    someone, browser = site.someone()
    taken, arrived = site.metric("push_messages_taken_total"), len(site.server.arrived)
    assert someone.approves(lambda: site.server.wait_for(arrived + 1))
    (pushed,) = [pushed for pushed in site.server.arrived if pushed.browser == browser]
    assert pushed.notification["notification"]["navigate"] == f"{URL}/pingme/"
    assert 40 <= int(pushed.headers["ttl"]) <= 50
    assert someone.name.encode() not in pushed.message
    assert b"Portal" not in pushed.message
    until(lambda: site.metric("push_messages_taken_total") == taken + 1)
    assert someone.product.audit(event="push:deliver", user_name=someone.name) == []


def test_a_push_service_that_is_down_hinders_nobody(site: Site) -> None:
    """The open page learns of the push, and the portal gets its answer; the failure is in the audit trail."""
    failed = site.metric("push_messages_failed_total")
    someone, _ = site.someone(f"http://{HOST}:{free_port()}/secret-place")
    assert someone.approves()
    until(lambda: someone.failures("failed") != [])
    (event,) = someone.failures("failed")
    assert event["device"] == someone.phone.serial
    assert site.metric("push_messages_failed_total") == failed + 1
    assert "secret-place" not in site.service.log


def test_a_push_service_that_hangs_hinders_nobody(site: Site) -> None:
    """It costs a thread in the background, and that for no longer than the time limit."""
    someone, _ = site.someone()
    site.server.answers += [HANG] * 4
    for _ in range(4):
        assert someone.approves()
    until(lambda: len(someone.failures("failed")) == 4)
    arrived = len(site.server.arrived)
    assert someone.approves(lambda: site.server.wait_for(arrived + 1))


def test_a_phone_that_is_gone_is_not_tried_again(site: Site) -> None:
    """Its user took the permission back: the next push is not even offered to the push service."""
    gone = site.metric("push_subscriptions_gone_total")
    someone, browser = site.someone()
    site.server.forget(browser)
    assert someone.approves()
    until(lambda: someone.failures("gone") != [])
    tried = site.server.requests
    assert someone.approves()
    assert site.metric("push_subscriptions_gone_total") == gone + 1
    assert site.server.requests == tried


def test_whoever_watches_sees_how_many_wait(site: Site) -> None:
    """In all processes together; nobody any more once they are answered."""
    someone, _ = site.someone()
    until(lambda: site.metric("waiting_pushes") == 0)
    assert someone.approves(lambda: until(lambda: site.metric("waiting_pushes") == 1))
    until(lambda: site.metric("waiting_pushes") == 0)
