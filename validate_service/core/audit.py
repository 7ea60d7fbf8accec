"""The audit trail: one event per call, committed with the change that it reports."""

from dataclasses import dataclass
from enum import StrEnum

from validate_service.core.calls import Call


class EventName(StrEnum):
    """What happened: ``subject:action``.  The names are stable; reports and alerts hang on them."""

    OTP_VERIFY = "otp:verify"
    CARD_VERIFY = "card:verify"
    PUSH_VERIFY = "push:verify"
    PUSH_ASK = "push:ask"
    PUSH_ANSWER = "push:answer"
    PUSH_REPLACE = "push:replace"
    PUSH_STATUS = "push:status"
    PUSH_REPORT = "push:report"
    PUSH_TEST = "push:test"
    PUSH_DELIVER = "push:deliver"
    PHONE_ENROL = "phone:enrol"
    PHONE_SIGN_IN = "phone:sign_in"
    PHONE_SIGN_OUT = "phone:sign_out"
    PHONE_SUBSCRIBE = "phone:subscribe"
    PHONE_REMOVE = "phone:remove"
    AUTH_CODE_VERIFY = "auth_code:verify"
    AUTH_CODE_ISSUE = "auth_code:issue"
    AUTH_TOKEN_VERIFY = "auth_token:verify"
    AUTH_TOKEN_ISSUE = "auth_token:issue"
    AUTH_TOKEN_EXPIRE = "auth_token:expire"
    QUESTIONS_LIST = "questions:list"
    QUESTIONS_VERIFY = "questions:verify"
    QUESTIONS_SET = "questions:set"
    VALUE_ENCRYPT = "value:encrypt"
    VALUE_DECRYPT = "value:decrypt"
    CALL_REFUSE = "call:refuse"
    AUDIT_PRUNE = "audit:prune"
    TENANT_ADD = "tenant:add"
    TENANT_SET = "tenant:set"
    API_KEY_ADD = "api_key:add"
    API_KEY_REVOKE = "api_key:revoke"
    API_KEY_SCOPES = "api_key:scopes"
    AUTH_SET_ADD = "auth_set:add"
    AUTH_SET_SET = "auth_set:set"
    AUTH_SET_DELETE = "auth_set:delete"
    USER_ADD = "user:add"
    USER_FIND = "user:find"
    USER_SEARCH = "user:search"
    USER_UPDATE = "user:update"
    USER_DELETE = "user:delete"
    USER_ENABLE = "user:enable"
    USER_DISABLE = "user:disable"
    USER_UNLOCK = "user:unlock"
    PIN_SET = "pin:set"
    PASSWORD_SET = "password:set"
    PASSWORD_VERIFY = "password:verify"
    PIN_UNBLOCK = "pin:unblock"
    DEVICE_ADD = "device:add"
    DEVICE_FIND = "device:find"
    DEVICE_DELETE = "device:delete"
    DEVICE_ENABLE = "device:enable"
    DEVICE_DISABLE = "device:disable"
    DEVICE_RESYNC = "device:resync"
    DEVICE_ACTIVATE = "device:activate"
    DEVICE_ASSIGN = "device:assign"
    DEVICE_UNASSIGN = "device:unassign"
    DEVICE_SHOW = "device:show"
    DEVICE_PROVISION = "device:provision"
    CARD_ADD = "card:add"
    CARD_DELETE = "card:delete"
    CARD_ENABLE = "card:enable"
    CARD_DISABLE = "card:disable"
    FIDO_ASK = "fido:ask"
    FIDO_ENROL = "fido:enrol"
    FIDO_VERIFY = "fido:verify"
    FIDO_DELETE = "fido:delete"
    ENROLMENT_ISSUE = "enrolment:issue"
    MESSAGE_SEND = "message:send"
    BRANDING_SET = "branding:set"
    BRANDING_READ = "branding:read"
    TEXT_SET = "text:set"
    TEXT_DELETE = "text:delete"
    KEY_EXPORT = "key:export"
    KEY_ROTATE = "key:rotate"
    KEY_RETIRE = "key:retire"
    KEY_RESEAL = "key:reseal"


class BrokenLaneError(Exception):
    """A part of the audit trail does not continue as its chain of MACs says."""


DONE = "done"
"""The reason of an event that has no outcome: an operator's act, an encryption."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One row of the trail.  It never holds a code, PIN, answer, seed, key, token or clear value.

    Attributes:
        name: What happened.
        reason: The outcome, the error's code, or ``done``.
        call: Who called, from where, for which tenant and user.
        at: Instant, microseconds.
        device: Serial of the device concerned, empty if none.
    """

    name: EventName
    reason: str
    call: Call
    at: int
    device: str = ""
