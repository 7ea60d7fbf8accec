"""create_session_token, is_session_token_valid, expire_session_token."""

from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.fields import LONGEST_NAME
from validate_service.core.model import Tenant, TokenPurpose
from validate_service.core.outcomes import Outcome
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply, reply_of
from validate_service.facades.connector.kinds import OneOf
from validate_service.facades.connector.request_types import RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.connector.users import PASSWORD
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
_PURPOSES = OneOf({"0": TokenPurpose.SSO, "1": TokenPurpose.MOBILE})
TOKEN_TYPE = Field("sessionTokenType", _PURPOSES, "0 for SSO, 1 for a mobile; missing: 0.", "0")
WANTED_TYPE = Field("sessionTokenType", _PURPOSES, "0 or 1 for tokens of that type only.", "0")


@administered
def create_session_token(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Make a token for the user, whose password must be right if one is given."""
    if values[PASSWORD]:
        outcome = core.passwords.verify(call, values[PASSWORD]).outcome
        if outcome is not Outcome.ACCEPTED:
            return reply_of(outcome, call, APIReturnCode.PartnerUserLoginFailed)
    purpose = values.get(TOKEN_TYPE) or TokenPurpose.SSO
    token = core.auth_token_desk.issue(call, tenant, life_s=60 * values[MINUTES], purpose=purpose)
    return Reply(extras={"sessionTokenId": token})


def is_session_token_valid(core: Core, call: Call, values: Values) -> Reply:
    """Verify a token: of the user whom the caller names, or of anybody."""
    verify = core.auth_tokens.verify if call.user.username else core.auth_tokens.verify_bearer
    accepted = verify(call, values[TOKEN], values.get(WANTED_TYPE)).accepted
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
        (MINUTES, TOKEN_TYPE, PASSWORD),
        create_session_token,
        extras={"sessionTokenId": "YOUR-SESSION-TOKEN"},
        codes={MalformedRequestError: APIReturnCode.SessionTokenCreationFailed},
    ),
    RequestType("is_session_token_valid", "Verify a session token.", (TOKEN, WANTED_TYPE), is_session_token_valid),
    RequestType(
        "expire_session_token",
        "Let a session token expire now.",
        (TOKEN,),
        expire_session_token,
        codes={NotFoundError: APIReturnCode.SessionTokenDeleteFailed},
        aliases=("delete_session_token",),
    ),
)
