"""create_session_token, is_session_token_valid, expire_session_token."""

from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.fields import LONGEST_NAME
from validate_service.core.model import Tenant
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply
from validate_service.facades.connector.kinds import OneOf
from validate_service.facades.connector.request_types import RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.fields import Field, Values
from validate_service.facades.declarations.kinds import Number, Text

DEFAULT_MINUTES = 60

TOKEN = Field("sessionTokenId", Text(LONGEST_NAME), "The session token.", "YOUR-SESSION-TOKEN", required=True)
MINUTES = Field(
    "sessionTokenDurationMinutes",
    Number(9),
    "For how many minutes the token is good, 1 to 43200.",
    "60",
    default=DEFAULT_MINUTES,
)
TOKEN_TYPE = Field("sessionTokenType", OneOf({"0": 0, "1": 1}), "0 for SSO, 1 for a mobile. Not kept.", "0")
NO_PASSWORD = Field("pw", OneOf({"": ""}), "Must be empty: passwords are not checked here yet.", "")


@administered
def create_session_token(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Make a token for the user."""
    token = core.auth_token_desk.issue(call, tenant, life_s=60 * values[MINUTES])
    return Reply(extras={"sessionTokenId": token})


def is_session_token_valid(core: Core, call: Call, values: Values) -> Reply:
    """Verify a token: of the user whom the caller names, or of anybody."""
    verify = core.auth_tokens.verify if call.user.username else core.auth_tokens.verify_bearer
    accepted = verify(call, values[TOKEN]).accepted
    return Reply(APIReturnCode.Success if accepted else APIReturnCode.SessionTokenInvalid)


@administered
def expire_session_token(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Let a token expire now."""
    core.auth_token_desk.expire(call, tenant, values[TOKEN])
    return Reply()


SESSION_TYPES = (
    RequestType(
        "create_session_token",
        "Make a session token for a user.",
        (MINUTES, TOKEN_TYPE, NO_PASSWORD),
        create_session_token,
        extras={"sessionTokenId": "YOUR-SESSION-TOKEN"},
        codes={MalformedRequestError: APIReturnCode.SessionTokenCreationFailed},
    ),
    RequestType("is_session_token_valid", "Verify a session token.", (TOKEN,), is_session_token_valid),
    RequestType(
        "expire_session_token",
        "Let a session token expire now.",
        (TOKEN,),
        expire_session_token,
        codes={NotFoundError: APIReturnCode.SessionTokenDeleteFailed},
        aliases=("delete_session_token",),
    ),
)
