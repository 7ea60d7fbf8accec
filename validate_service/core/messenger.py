"""Sends messages to users: over which channel, in whose words, and what is recorded of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.errors import DeliveryError, NotFoundError, UnavailableError
from validate_service.core.fields import folded
from validate_service.core.message_texts import MessageTextRegister, compose
from validate_service.core.messages import Channel, Message, MessageKind
from validate_service.core.model import Profile, Tenant
from validate_service.core.ports import Clock, Courier, Database, Users

PREFERRED: Mapping[MessageKind, tuple[Channel, ...]] = {
    MessageKind.AUTH_CODE: (Channel.SMS, Channel.EMAIL, Channel.VOICE),
    MessageKind.PROVISION: (Channel.EMAIL, Channel.SMS),
    MessageKind.NEW_DEVICE: (Channel.EMAIL, Channel.SMS),
}
"""Which way a message goes if several are open.  A code goes to the phone: who reads the mail of a user may have the
password too.  A link goes by e-mail first, where it can be shown as a QR code."""

SERVICE_NAME = "ValidateService"


@dataclass(frozen=True, slots=True)
class Way:
    """How one user is reached.

    Attributes:
        channel: In whose wording, and how the user gets it.
        carried_as: What carries it: e-mail, where a carrier's gateway turns e-mails into SMS.
        recipient: The address or number.
        language: The user's language.
    """

    channel: Channel
    carried_as: Channel
    recipient: str
    language: str


@dataclass(frozen=True, slots=True)
class Messenger:
    """Sends messages."""

    database: Database
    users: Users
    texts: MessageTextRegister
    courier: Courier
    clock: Clock

    def way_to(self, tenant: Tenant, user_id: int, kind: MessageKind, only: Channel | None = None) -> Way:
        """Return how a message of *kind* reaches the user.

        Args:
            tenant: The user's tenant.
            user_id: The user.
            kind: What the message is for.
            only: The one channel that will do; ``None`` for the first that is open.

        Raises:
            NotFoundError: there is no way: no address or number, or nothing that carries there.
            DeliveryError: the same of the only channel that would do.
        """
        with self.database.read() as session:
            found = self.users.find_profile(session, tenant.id, user_id)
        profile = found[1] if found else Profile()
        for channel in (only,) if only else tenant.settings.channels.get(kind) or PREFERRED[kind]:
            way = self._way(tenant, profile, channel)
            if way is not None:
                return way
        if only:
            raise DeliveryError(f"no message can reach the user by {only}")
        raise NotFoundError("No message can reach the user: no address, or nothing configured that sends there.")

    def _way(self, tenant: Tenant, profile: Profile, channel: Channel) -> Way | None:
        carried_as, recipient = channel, profile.email if channel is Channel.EMAIL else profile.phone
        gateway = tenant.settings.carriers.get(folded(profile.carrier)) if channel is Channel.SMS else None
        if gateway and recipient:
            carried_as, recipient = Channel.EMAIL, f"{recipient.lstrip('+')}@{gateway}"
        if not recipient or not self.courier.carries(carried_as):
            return None
        return Way(channel, carried_as, recipient, profile.language)

    def send(
        self, call: Call, tenant: Tenant, way: Way, kind: MessageKind, values: Mapping[str, str], *, link: str = ""
    ) -> None:
        """Send a message to the user of *call*, and record that.

        Args:
            call: The call that it belongs to.
            tenant: In whose name.
            way: How the user is reached.
            kind: What the message is for.
            values: What fills the placeholders, besides the user's and the organisation's name.
            link: What an e-mail shows as a QR code too.

        Raises:
            DeliveryError: it was refused, or not taken in time.
            UnavailableError: as many messages are on their way as this process has places for.
        """
        text = self.texts.find(tenant, kind, way.channel, way.language)
        names = {"user": call.user.username, "organisation": tenant.settings.organisation or SERVICE_NAME}
        written = compose(text, {**names, **values}, way.channel)
        subject = written.subject if way.channel is Channel.EMAIL else ""
        shown = link if way.channel is Channel.EMAIL else ""
        message = Message(way.carried_as, way.recipient, subject, written.body, written.language, shown)
        try:
            self.courier.deliver(message)
        except (DeliveryError, UnavailableError) as error:
            self._record(call, way, error.code)
            raise
        self._record(call, way, DONE)

    def _record(self, call: Call, way: Way, reason: str) -> None:
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.MESSAGE_SEND, reason, call, self.clock.now(), device=way.channel))
