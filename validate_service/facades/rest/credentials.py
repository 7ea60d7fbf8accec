"""SetUserPassword, SetUserPin, GenerateAuthCode, SendMobileProvision."""

from validate_service.core.auth_codes import LONGEST_CODE, LONGEST_LIFE_S, SHORTEST_CODE
from validate_service.core.calls import Call
from validate_service.core.model import Subject
from validate_service.core.passwords import LONGEST_PASSWORD
from validate_service.core.pins import LONGEST_PIN
from validate_service.core.services import Core
from validate_service.facades.declarations.fields import Declaration, Field, Values
from validate_service.facades.declarations.kinds import Flag, Number, Text
from validate_service.facades.rest.answers import Members, success
from validate_service.facades.rest.calls import RestCall, admit_administrator
from validate_service.facades.rest.fields import API_KEY, DOMAIN_NAME, USER_NAME

DEFAULT_LIFE_S = 600

PASSWORD = Field("pwd", Text(LONGEST_PASSWORD), "The new password.", "correct horse battery staple", required=True)
PIN = Field("pin", Text(LONGEST_PIN), "The new PIN.", "2580", required=True)
FORCE_CHANGE = Field(
    "forceChange",
    Flag(),
    "Whether the user is to choose another PIN; this one works until then.",
    "true",
    default=False,
)
TIMEOUT = Field(
    "timeout",
    Number(9),
    f"For how many seconds the code is good, from 1 to {LONGEST_LIFE_S}.",
    "600",
    default=DEFAULT_LIFE_S,
)
CODE_LENGTH = Field(
    "codeLength",
    Number(9),
    f"Digits of the code, from {SHORTEST_CODE} to {LONGEST_CODE}.",
    "6",
    default=SHORTEST_CODE,
)
SEND = Field("send", Flag(), "Whether the code is sent to the user too, by e-mail or SMS.", "false", default=False)


def set_user_password(core: Core, call: Call, subject: Subject, values: Values) -> Members:
    """Set the user's password."""
    core.password_desk.set_password(call, subject.tenant, values[PASSWORD])
    return success(f"{_shown(call)} Password Updated Successfully")


def set_user_pin(core: Core, call: Call, subject: Subject, values: Values) -> Members:
    """Set the user's PIN."""
    core.pin_desk.set_pin(call, subject.tenant, values[PIN], must_change=values[FORCE_CHANGE])
    return success(f"{_shown(call)} Pin Updated Successfully")


def generate_auth_code(core: Core, call: Call, subject: Subject, values: Values) -> Members:
    """Return a new code of the user."""
    return success(
        core.auth_code_desk.issue(
            call, subject.tenant, life_s=values[TIMEOUT], digits=values[CODE_LENGTH], send=values[SEND]
        )
    )


def send_mobile_provision(core: Core, call: Call, subject: Subject, _values: Values) -> Members:
    """Send the user an enrolment link; return the user's number."""
    return success(str(core.enrolment_desk.send(call, subject.tenant)))


def _shown(call: Call) -> str:
    return f"User {call.user.domain}\\{call.user.username}"


CREDENTIAL_CALLS = (
    RestCall(
        "SetUserPassword",
        "Set a user's password.",
        "The password must obey the tenant's policy; a failure names the rule that it breaks.",
        Declaration(USER_NAME, DOMAIN_NAME, PASSWORD, API_KEY),
        admit_administrator,
        set_user_password,
        success("User CORP\\alice Password Updated Successfully"),
    ),
    RestCall(
        "SetUserPin",
        "Set a user's PIN.",
        "The PIN must obey the tenant's policy; a failure names the rule that it breaks.",
        Declaration(USER_NAME, DOMAIN_NAME, PIN, FORCE_CHANGE, API_KEY),
        admit_administrator,
        set_user_pin,
        success("User CORP\\alice Pin Updated Successfully"),
    ),
    RestCall(
        "GenerateAuthCode",
        "Make a code for a user.",
        "The code is good once, and replaces the user's older one. The result is the code.",
        Declaration(USER_NAME, DOMAIN_NAME, TIMEOUT, CODE_LENGTH, SEND, API_KEY),
        admit_administrator,
        generate_auth_code,
        success("377588"),
    ),
    RestCall(
        "SendMobileProvision",
        "Send a user the link that enrols a phone as authenticator.",
        "The result is the user's number. Also called SetMobileProvision.",
        Declaration(USER_NAME, DOMAIN_NAME, API_KEY),
        admit_administrator,
        send_mobile_provision,
        success("6"),
        aliases=("SetMobileProvision",),
    ),
)
