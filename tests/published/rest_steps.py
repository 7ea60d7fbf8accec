"""The requests of restservice.svc, made from the declarations of its calls."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.published.postman import Chapter, Request, described
from tests.published.scripts import keep, rest_checks
from validate_service.facades.rest.contract import CALLS, SERVICE_PATH

COMMON = {"userName": "{{user}}-rest", "domainName": "CORP", "apiKey": "{{apiKey}}"}
BEARER = {"Authorization": "Bearer {{apiKey}}", "Content-Type": "application/json"}
SUCCESS, FAILURE = "success", "failure"
WEAK_PIN = "1234"


@dataclass(frozen=True)
class Step:
    """One request of a call.

    Attributes:
        call_name: The call.
        shows: What it shows, in a few words.
        fields: Values in place of those of the call's example.
        statuses: The values of ``status`` that are right.
        keeps: Which member of the answer each variable takes over.
        headers: Its headers.
    """

    call_name: str
    shows: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    statuses: tuple[str, ...] = (SUCCESS,)
    keeps: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    @property
    def request(self) -> Request:
        """The request."""
        call = next(call for call in CALLS if call.name == self.call_name)
        common = {name: value for name, value in COMMON.items() if name in call.declaration.example}
        return Request(
            f"{self.call_name}: {self.shows}",
            described(f"{call.summary} {call.description}", call.declaration),
            f"{SERVICE_PATH}/{call.name}",
            json.dumps(call.declaration.example | common | dict(self.fields), indent=2),
            rest_checks(self.statuses) + keep(**self.keeps),
            headers=self.headers,
            example=json.dumps(dict(call.example), indent=2) if SUCCESS in self.statuses else "",
        )


STEPS = (
    Step("AddUser", "a user"),
    Step("AddUser", "the same again", statuses=(FAILURE,)),
    Step("UserExists", "the user's number", keeps={"userNumber": "Result"}),
    Step("UpdateUser", "another language", {"userID": "{{userNumber}}", "language": "German"}),
    Step("SetUserPassword", "one that the policy allows"),
    Step("SetUserPin", "one that the policy does not allow", {"pin": WEAK_PIN}, (FAILURE,)),
    Step("SetUserPin", "one that it allows"),
    Step("GenerateAuthCode", "for ValidateAuthCode", keeps={"authCode": "Result"}),
    Step("SendMobileProvision", "a link, if there is a mail server or a gateway", statuses=(SUCCESS, FAILURE)),
    Step("CreateAPIkey", "a key that may validate", {"apiKey": "{{$guid}}", "scopes": "validate"}, headers=BEARER),
    Step("getbrandinginfo", "colours, pictures and contacts"),
)
LEAVING = (Step("DeleteUser", "the user"),)

REST = Chapter(
    "restservice.svc",
    "Administration: the call's name ends the address. What was not done is a `failure` in words.",
    tuple(step.request for step in STEPS),
)
REST_LEAVING = tuple(step.request for step in LEAVING)
