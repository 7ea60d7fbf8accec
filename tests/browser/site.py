"""A service whose users have phones, and what is around it: portals that ask, a mail server, a push service."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Thread

from tests.delivery.push_service import PushServer, push_service
from tests.delivery.servers import MailBox, mail_server
from tests.product import Product, create_product, free_port
from tests.server.service import PATIENCE_S, Reply, Service, served
from validate_service.core.calls import Call
from validate_service.core.model import Approval
from validate_service.core.profiles import ProfileChange

DOMAIN = "CORP"
_LINK = re.compile(r"http://\S+/pingme/#enrol=[\w-]+")


@dataclass
class Asking:
    """A portal that waits for its user.

    Attributes:
        reply: What it was answered; nothing yet as long as it waits.
        answered_at: When, by the monotonic clock.
    """

    thread: Thread
    reply: Reply | None = None
    answered_at: float = 0

    @property
    def said(self) -> bool:
        """What the portal was answered, once it was."""
        self.thread.join(PATIENCE_S)
        assert self.reply is not None, "the portal still waits"
        assert self.reply.is_true or self.reply.is_false, self.reply.text
        return self.reply.is_true


@dataclass
class Site:
    """A service under the name of this machine, where browsers let pages keep keys.

    Attributes:
        service: The service.
        mail: Where its e-mails arrive.
        pushes: Where its messages to phones arrive.
    """

    service: Service
    mail: MailBox
    pushes: PushServer
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def product(self) -> Product:
        """The installation that is served."""
        return self.service.product

    @property
    def url(self) -> str:
        """What browsers call it."""
        return self.product.settings.public_url

    @property
    def server_key(self) -> bytes:
        """The key that phones are to expect messages from."""
        key = self.product.core.phone_messages.public_key()
        assert key is not None
        return key

    def operator(self, user: str) -> Call:
        """Return an operator's call about the user."""
        return self.product.operator(f"{DOMAIN}\\{user}")

    def new_user(self, *, language: str = "English") -> str:
        """Add a user who can be reached by e-mail; return the name without the domain."""
        user = f"user{next(self._numbers)}"
        change = ProfileChange(email=f"{user}@corp.example", language=language)
        self.product.core.user_register.add(self.operator(user), self.product.tenant, change)
        return user

    def link(self, user: str) -> str:
        """Return a link that enrols a phone of the user."""
        return self.product.core.enrolment_desk.issue(self.operator(user), self.product.tenant)

    def mailed_link(self, user: str) -> str:
        """Let an administrator's program send the user a link; return the one that arrives."""
        before = len(self.mail.arrived)
        reply = self.service.caller().rest("SendMobileProvision", username=user, domainName=DOMAIN)
        assert reply.result[0] == "success", reply.text
        (mail,) = self.mail.arrived[before:]
        body = mail.message.get_body(("plain",))
        assert body is not None
        found = _LINK.search(body.get_content())
        assert found, body.get_content()
        return found.group()

    def ask(self, user: str, operation: str = "ValidatePush", **parameters: str) -> Asking:
        """Let a portal ask for the user's approval, and return while it waits."""
        portal = self.service.caller()
        said = parameters or {"loginTo": "Portal", "ipAddress": "192.0.2.7"}

        def wait() -> None:
            asking.reply = portal.call(operation, username=user, domain=DOMAIN, **said)
            asking.answered_at = time.monotonic()

        asking = Asking(Thread(target=wait, name=f"portal of {user}"))
        asking.thread.start()
        return asking

    def pending(self, user: str) -> list[Approval]:
        """Return what the user is asked."""
        everything = self.product.core.approval_desk.pending(self.product.tenant)
        return [approval for approval in everything if approval.user.username == user]

    def events(self, name: str, user: str) -> list[str]:
        """Return how the user's events of this name ended, oldest first."""
        found = self.product.audit(event=name)
        return [event["reason"] for event in found if event["user_name"].lower() == f"{DOMAIN}\\{user}".lower()]

    def switch(self, policy: str, *, on: bool = True) -> None:
        """Switch a policy of the tenant."""
        register = self.product.core.tenant_register
        register.switch(self.product.operator(), self.product.tenant, policy, on=on)


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run a service with two processes, and everything around it."""
    with mail_server() as mail, push_service() as pushes:
        product = create_product(folder, public_url=f"http://localhost:{free_port()}", push=pushes.settings)
        environment = {
            "VALIDATE_SERVICE_SMTP_HOST": mail.settings.host,
            "VALIDATE_SERVICE_SMTP_PORT": str(mail.settings.port),
            "VALIDATE_SERVICE_SMTP_SECURITY": "none",
            "VALIDATE_SERVICE_SMTP_SENDER": mail.settings.sender,
            "VALIDATE_SERVICE_PUSH_CONTACT": pushes.settings.contact,
            "VALIDATE_SERVICE_PUSH_SERVICES": " ".join(pushes.settings.services),
        }
        with served(product, workers=2, **environment) as service:
            yield Site(service, mail, pushes)
        product.installation.database.close()
