"""Messages to phones: where each takes them, and that there is a push.

A message says that there is something to look at, and nothing else: who signs in where is read from the server, by a
page that its phone was let in to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from validate_service.core.approvals import seconds_left
from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.authenticators.identity import speak_for_holder
from validate_service.core.calls import Call
from validate_service.core.enrolments import PAGE
from validate_service.core.errors import MalformedRequestError, PolicyError
from validate_service.core.metrics import Metric
from validate_service.core.model import Approval, ApprovalPurpose, Authenticator, Holder, Subscription
from validate_service.core.origin import Origin
from validate_service.core.ports import (
    Authenticators,
    Background,
    Clock,
    Count,
    Database,
    KeyRingSource,
    PushService,
    Sent,
    Users,
)
from validate_service.primitives.keyed_hash import keyed_hash
from validate_service.primitives.vapid import is_message_key

LONGEST_ENDPOINT = 2_000
AUTH_BYTES = 16
DECLARATIVE = 8030
"""What marks a message that a browser may show by itself (Declarative Web Push)."""

_TITLES: Mapping[ApprovalPurpose, Mapping[str, str]] = {
    ApprovalPurpose.SIGN_IN: {"en": "Sign-in request", "de": "Anmeldeanfrage"},
    ApprovalPurpose.TEST: {"en": "Test message", "de": "Testnachricht"},
}
_COUNTED = {
    Sent.TAKEN: Metric.MESSAGES_TAKEN,
    Sent.FAILED: Metric.MESSAGES_FAILED,
    Sent.REFUSED: Metric.MESSAGES_REFUSED,
    Sent.DROPPED: Metric.MESSAGES_DROPPED,
    Sent.GONE: Metric.SUBSCRIPTIONS_GONE,
}


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """One message to one phone.

    Attributes:
        call: Under what it is audited.
        phone: Whom it is for.
        subscription: Where it goes.
        content: What the phone reads.
        approval: The push that it tells of.
    """

    call: Call
    phone: Authenticator
    subscription: Subscription
    content: bytes = field(repr=False)
    approval: Approval


@dataclass(frozen=True, slots=True)
class PhoneMessageDesk:
    """Keeps where phones take messages, and tells them of pushes.

    Attributes:
        public_url: What the users' browsers call us.
    """

    database: Database
    users: Users
    authenticators: Authenticators
    push_service: PushService
    background: Background
    count: Count
    keys: KeyRingSource
    clock: Clock
    public_url: str

    def public_key(self) -> bytes | None:
        """Return the key that phones are to expect messages from, 65 bytes; ``None`` if none are sent."""
        return self.push_service.public_key()

    def subscribe(self, call: Call, holder: Holder, subscription: Subscription) -> None:
        """Keep where messages reach the holder's phone, in place of where they did.

        Raises:
            PolicyError: the endpoint is of no push service that messages may be sent to.
            ConflictError: another phone is reached there: one of the two is a copy.
            MalformedRequestError: the endpoint or a key is not of its form.
        """
        speak_for_holder(call, holder)
        _require_well_formed(subscription)
        if not self.push_service.takes(subscription.endpoint):
            raise PolicyError("The phone's push service is none that messages may be sent to.")
        phone = holder.authenticator
        if subscription == phone.subscription:
            return
        with self.database.write() as transaction:
            self.authenticators.subscribe(transaction, phone.device_id, subscription, self._hash(subscription))
            transaction.record(AuditEvent(EventName.PHONE_SUBSCRIBE, DONE, call, self.clock.now(), phone.serial))

    def announce(self, user_id: int, approval: Approval) -> None:
        """Tell all phones of the user that there is a push, in the background; implements the port ``Announce``.

        What does not get through is audited; the pages that are open learn of the push without it.
        """
        if self.push_service.public_key() is None:
            return
        with self.database.read() as session:
            user = self.users.find_by_id(session, user_id)
            phones = self.authenticators.of_user(session, user_id) if user else ()
        if user is None:
            return
        tenant_id, name, language = user
        # The answer that the caller gets has a request of its own; this one is found by the push's id.
        call = Call(Origin("web_push", "announce", "", approval.id), user=name, tenant_id=tenant_id, user_id=user_id)
        content = self._content(approval.purpose, language)
        for phone in phones:
            if phone.subscription is not None:
                message = PhoneMessage(call, phone, phone.subscription, content, approval)
                if not self.background(partial(self._send, message)):
                    self._note(message, Sent.DROPPED)

    def _content(self, purpose: ApprovalPurpose, language: str) -> bytes:
        titles, wanted = _TITLES[purpose], language.lower().partition("-")[0]
        notification = {"title": titles.get(wanted, titles["en"]), "navigate": self.public_url + PAGE}
        return json.dumps({"web_push": DECLARATIVE, "notification": notification}).encode()

    def _send(self, message: PhoneMessage) -> None:
        approval = message.approval
        life_s = seconds_left(approval, self.clock.now())
        if life_s == 0:
            self._note(message, Sent.DROPPED)
            return
        sent = self.push_service.send(message.subscription, message.content, life_s=life_s, topic=approval.id)
        self._note(message, sent)

    def _note(self, message: PhoneMessage, sent: Sent) -> None:
        """Count what became of a message; what did not get through is audited too, and who is gone is forgotten."""
        self.count(_COUNTED[sent])
        if sent is Sent.TAKEN:
            return
        phone = message.phone
        with self.database.write() as transaction:
            if sent is Sent.GONE:
                self.authenticators.unsubscribe(transaction, phone.device_id, self._hash(message.subscription))
            transaction.record(AuditEvent(EventName.PUSH_DELIVER, sent, message.call, self.clock.now(), phone.serial))

    def _hash(self, subscription: Subscription) -> bytes:
        return keyed_hash(self.keys.current().lookup_key, "endpoint", subscription.endpoint)


def _require_well_formed(subscription: Subscription) -> None:
    if len(subscription.endpoint) > LONGEST_ENDPOINT:
        raise MalformedRequestError(f"endpoint is longer than {LONGEST_ENDPOINT} characters.")
    if not is_message_key(subscription.message_key):
        raise MalformedRequestError("p256dh is no point on P-256.")
    if len(subscription.message_secret) != AUTH_BYTES:
        raise MalformedRequestError(f"auth is not of {AUTH_BYTES} bytes.")
