"""The things the core decides about, as storage hands them over: plain, frozen, without behaviour.

``callers``, ``users``, ``factors``, ``fido``, ``approvals``, ``authenticators`` and ``presentation`` are kept through
the ports of the same names;
``subjects`` is what one look at the database finds of a call, ``instants`` is time.
"""

from validate_service.core.model.approvals import Approval, ApprovalNews, ApprovalPurpose, ApprovalState
from validate_service.core.model.authenticators import (
    Authenticator,
    EnrolledPhone,
    Holder,
    Invitation,
    KeyKind,
    KeySignature,
    NewKey,
    NewPasskey,
    Owner,
    PasskeySignature,
    PhoneSession,
    PushQuestion,
    Signature,
    SignIn,
    SignInChallenge,
    Subscription,
)
from validate_service.core.model.callers import DEFAULT_TENANT, ApiKey, Caller, Scope, Tenant
from validate_service.core.model.factors import (
    OATH_KINDS,
    Card,
    Device,
    DeviceKind,
    OathDevice,
    Question,
    TokenPurpose,
)
from validate_service.core.model.fido import (
    Assertion,
    Challenge,
    FidoDevice,
    FidoKey,
    FidoProtocol,
    FidoRequest,
    FidoStep,
    Registration,
    U2fSignature,
)
from validate_service.core.model.instants import Instant
from validate_service.core.model.presentation import Branding
from validate_service.core.model.subjects import Subject
from validate_service.core.model.users import COUNTED_BESIDE_USER, AuthSet, Factor, Profile, ProfileUpdate, Role, User

__all__ = [
    "COUNTED_BESIDE_USER",
    "DEFAULT_TENANT",
    "OATH_KINDS",
    "ApiKey",
    "Approval",
    "ApprovalNews",
    "ApprovalPurpose",
    "ApprovalState",
    "Assertion",
    "AuthSet",
    "Authenticator",
    "Branding",
    "Caller",
    "Card",
    "Challenge",
    "Device",
    "DeviceKind",
    "EnrolledPhone",
    "Factor",
    "FidoDevice",
    "FidoKey",
    "FidoProtocol",
    "FidoRequest",
    "FidoStep",
    "Holder",
    "Instant",
    "Invitation",
    "KeyKind",
    "KeySignature",
    "NewKey",
    "NewPasskey",
    "OathDevice",
    "Owner",
    "PasskeySignature",
    "PhoneSession",
    "Profile",
    "ProfileUpdate",
    "PushQuestion",
    "Question",
    "Registration",
    "Role",
    "Scope",
    "SignIn",
    "SignInChallenge",
    "Signature",
    "Subject",
    "Subscription",
    "Tenant",
    "TokenPurpose",
    "U2fSignature",
    "User",
]
