"""Announcements: users are told what was enrolled in their name."""

from dataclasses import dataclass

from validate_service.core.calls import Call
from validate_service.core.messages import Channel, MessageKind
from validate_service.core.messenger import Messenger
from validate_service.core.model import Tenant
from validate_service.core.ports import Database, Users
from validate_service.core.users import require_user


@dataclass(frozen=True, slots=True)
class AnnouncementDesk:
    """Tells users."""

    database: Database
    users: Users
    messenger: Messenger

    def tell_of_device(self, call: Call, tenant: Tenant, serial: str, channel: Channel) -> None:
        """Tell the user of *call* over *channel* that the device *serial* is a new one of the user's.

        Raises:
            NotFoundError: there is no such user.
            DeliveryError, UnavailableError: the user could not be told.
        """
        user = require_user(self.database, self.users, call, tenant)
        way = self.messenger.way_to(tenant, user.id, MessageKind.NEW_DEVICE, channel)
        self.messenger.send(call, tenant, way, MessageKind.NEW_DEVICE, {"serial": serial})
