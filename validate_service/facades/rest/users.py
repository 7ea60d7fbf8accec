"""AddUser, UpdateUser, DeleteUser, UserExists."""

from validate_service.core.calls import Call
from validate_service.core.model import Subject
from validate_service.core.profiles import LONGEST_CARRIER, ProfileChange
from validate_service.core.services import Core
from validate_service.facades.declarations.fields import Declaration, Field, Values
from validate_service.facades.declarations.kinds import Number, Text
from validate_service.facades.rest.answers import Members, success
from validate_service.facades.rest.calls import RestCall, admit_administrator
from validate_service.facades.rest.fields import API_KEY, DOMAIN_NAME, NAME, USER_NAME

EMAIL = Field("email", NAME, "Mail address; empty for none.", "alice@corp.example")
LANGUAGE = Field("language", NAME, "Language of messages: a tag such as `de`, or a name such as `German`.", "English")
AUTH_SET = Field("authSet", NAME, "Name of the authentication set: the factors that may verify the user.", "")
ROLES = Field("roles", NAME, "`User`, `Admin`, or both with a comma between.", "User")
CARRIER = Field("carrier", Text(LONGEST_CARRIER), "The phone's carrier, which may have an e-mail gateway.", "")
PHONE = Field("phone", NAME, "Phone number with country code; empty for none.", "+1 212 555 0100")
STATE = Field("state", NAME, "`Enabled` or `Disabled`.", "Enabled")
USER_ID = Field("userID", Number(15), "Number of the user, as UserExists answers it.", "159")
NEW_USER_NAME = Field("userName", NAME, "Name of the user; with userID, the new name.", "alice", default="")

PROFILE = (EMAIL, LANGUAGE, AUTH_SET, ROLES, CARRIER, PHONE)


def add_user(core: Core, call: Call, subject: Subject, values: Values) -> Members:
    """Add the user."""
    core.user_register.add(call, subject.tenant, _change(values))
    return success(f"{call.user.username} Saved successfully")


def update_user(core: Core, call: Call, subject: Subject, values: Values) -> Members:
    """Change the user."""
    core.user_register.update(call, subject.tenant, _change(values), user_id=values.get(USER_ID))
    return success("success")


def delete_user(core: Core, call: Call, subject: Subject, _values: Values) -> Members:
    """Delete the user."""
    core.user_register.delete(call, subject.tenant)
    return success(f"User {call.user.domain}\\{call.user.username} Deleted Successfully")


def user_exists(core: Core, call: Call, subject: Subject, _values: Values) -> Members:
    """Return the user's number."""
    return success(str(core.user_register.number(call, subject)))


def _change(values: Values) -> ProfileChange:
    return ProfileChange(
        email=values.get(EMAIL),
        phone=values.get(PHONE),
        carrier=values.get(CARRIER),
        language=values.get(LANGUAGE),
        roles=values.get(ROLES),
        auth_set=values.get(AUTH_SET),
        state=values.get(STATE),
    )


USER_CALLS = (
    RestCall(
        "AddUser",
        "Add a user.",
        "A user that exists, in whatever case, is a failure, and nothing is changed.",
        Declaration(USER_NAME, DOMAIN_NAME, *PROFILE, API_KEY),
        admit_administrator,
        add_user,
        success("alice Saved successfully"),
    ),
    RestCall(
        "UpdateUser",
        "Change a user.",
        "The user is named by userID, or else by name. A field that is missing or null stays as it is; an empty email, "
        "phone or carrier is taken away.",
        Declaration(USER_ID, NEW_USER_NAME, DOMAIN_NAME, *PROFILE, STATE, API_KEY),
        admit_administrator,
        update_user,
        success("success"),
    ),
    RestCall(
        "DeleteUser",
        "Delete a user.",
        "Devices, cards, questions and codes of the user go too.",
        Declaration(USER_NAME, DOMAIN_NAME, API_KEY),
        admit_administrator,
        delete_user,
        success("User CORP\\alice Deleted Successfully"),
    ),
    RestCall(
        "UserExists",
        "Tell whether a user exists.",
        "The result is the user's number. A user that does not exist is a failure.",
        Declaration(USER_NAME, DOMAIN_NAME, API_KEY),
        admit_administrator,
        user_exists,
        success("159"),
    ),
)
