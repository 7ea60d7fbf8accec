"""push_oath_otp, push_status, receive_push_response, tap_auth_response."""

from collections.abc import Mapping

from validate_service.core.calls import Call
from validate_service.core.errors import ConflictError, MalformedRequestError, NotFoundError
from validate_service.core.model import Approval, ApprovalState, Tenant
from validate_service.core.prompts import push_prompt
from validate_service.core.services import Core
from validate_service.facades.connector.answers import Reply, reply_of
from validate_service.facades.connector.fields import NAME
from validate_service.facades.connector.kinds import OneOf
from validate_service.facades.connector.request_types import Codes, RequestType, administered
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.fields import Field, Values

STATE_CODES: Mapping[ApprovalState, APIReturnCode] = {
    ApprovalState.APPROVED: APIReturnCode.Success,
    ApprovalState.PENDING: APIReturnCode.UpdateTransactionStatusInvalid,
    ApprovalState.DENIED: APIReturnCode.PartnerUserLoginFailed,
    ApprovalState.EXPIRED: APIReturnCode.SendOTPExpired,
}
"""Only an approval is a success: a caller that looks at nothing but the code lets nobody else in."""

_ANSWERS = {
    **dict.fromkeys(("yes", "y", "user accepted", "accepted", "accept", "approved", "approve"), True),
    **dict.fromkeys(("no", "n", "user denied", "denied", "deny", "user rejected", "rejected", "reject"), False),
}

PUSH_BY = Field(
    "deliveryMethod",
    OneOf(dict.fromkeys(("pushapp", "pushappu2f"), "authenticator")),
    "`pushapp` or `pushappu2f`: the authenticator asks the user; missing: the same.",
    "pushapp",
)
APPLICATION = Field("appName", NAME, "Where the user is signing in to.", "Portal", default="")
ACCOUNT = Field("accountName", NAME, "Taken, and not shown.", "alice", default="")
REASON = Field("reason", NAME, "Why the user is asked.", "Sign in", default="")
RELYING_PARTY = Field("relyingParty", NAME, "Taken, and not used.", "", default="")
PUSH_ID = Field(
    "authnUserReqId", NAME, "The push, as push_oath_otp answered.", "0123456789abcdef0123456789abcdef", required=True
)
RESPONDER = Field("mobile", NAME, "Taken, and not compared.", "+1 212 555 0100", default="")
ANSWER = Field("response", OneOf(_ANSWERS), "What the user said: `yes`, `no`, `user accepted`…", "yes", required=True)


def push_oath_otp(core: Core, call: Call, values: Values) -> Reply:
    """Ask the user's authenticator, and do not wait."""
    asked = core.approvals.ask(call, push_prompt(values[APPLICATION], values[REASON]))
    if isinstance(asked, Approval):
        return Reply(extras={"authnUserReqId": asked.id})
    return reply_of(asked.outcome, call, APIReturnCode.PartnerUserLoginFailed)


def push_status(core: Core, call: Call, values: Values) -> Reply:
    """Return where a push stands."""
    state = core.approvals.state(call, values[PUSH_ID])
    return Reply(STATE_CODES[state], extras={"pushStatus": state.value})


@administered
def answer_push(core: Core, call: Call, tenant: Tenant, values: Values) -> Reply:
    """Answer a push in the user's place."""
    core.approval_desk.answer(call, tenant, values[PUSH_ID], approve=values[ANSWER])
    return Reply()


NO_PUSH: Codes = {NotFoundError: APIReturnCode.UpdateTransactionReferenceCodeNotFound}
REFUSED_ANSWERS: Codes = {
    **NO_PUSH,
    ConflictError: APIReturnCode.UpdateTransactionStatusFailed,
    MalformedRequestError: APIReturnCode.UpdateTransactionApprovalCodeMissmatch,
}
PUSH_TYPES = (
    RequestType(
        "push_oath_otp",
        "Ask the user's authenticator, and do not wait.",
        (PUSH_BY, APPLICATION, ACCOUNT, REASON, RELYING_PARTY),
        push_oath_otp,
        extras={"authnUserReqId": "0123456789abcdef0123456789abcdef"},
        aliases=("send_push_message",),
    ),
    RequestType(
        "push_status",
        "Tell where a push stands; only an approval is a success.",
        (PUSH_ID,),
        push_status,
        extras={"pushStatus": "approved"},
        codes=NO_PUSH,
    ),
    *(
        RequestType(
            name, "Answer a push in the user's place.", (RESPONDER, ANSWER, PUSH_ID), answer_push, codes=REFUSED_ANSWERS
        )
        for name in ("receive_push_response", "tap_auth_response")
    ),
)
