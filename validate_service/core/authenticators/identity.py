"""Who a phone is: its id, and the calls that it makes in its user's name."""

import re

from validate_service.core.calls import Call
from validate_service.core.model import Holder, Owner

_ID = re.compile(r"[0-9a-f]{32}")


def is_id(text: str) -> bool:
    """Tell whether *text* can be the id of a phone or of a push: 32 hex digits."""
    return _ID.fullmatch(text) is not None


def speak_for(call: Call, owner: Owner, serial: str = "") -> None:
    """Fill *call* in: a phone of *owner* makes it, which has no serial yet while it is being enrolled."""
    call.tenant_id, call.user, call.user_id, call.caller = owner.tenant.id, owner.user.name, owner.user.id, serial


def speak_for_holder(call: Call, holder: Holder) -> None:
    """Fill *call* in: the phone of *holder* makes it."""
    speak_for(call, holder.owner, holder.authenticator.serial)
