"""A client of the connector without a socket."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.facades.soap.wire import Answer, call
from tests.product import Product
from tests.world import FakeCourier
from validate_service.core.model import Scope
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.server.application import create_application

PATH = "/AuthServer/REST/U2F/U2FServer.aspx"
ACCOUNT = "Portal-Account"


@dataclass
class ConnectorClient:
    """Sends requests to one product, as an account of it.

    Attributes:
        product: The product.
        courier: What carries the product's messages.
    """

    product: Product
    courier: FakeCourier = field(default_factory=FakeCourier)

    def __post_init__(self) -> None:
        product = self.product
        self.application = create_application(product.installation, product.settings)
        register = product.core.api_key_register
        self.account_key = register.issue_account(product.operator(), product.tenant.id, ACCOUNT)

    def send(self, body: bytes, method: str = "POST", path: str = PATH, **more: Any) -> Answer:
        return call(self.application, method, path, body=body, **more)  # type: ignore[arg-type]

    def ask(self, type_name: str, username: str = "alice", /, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request, which must be a 200 of the documented shape."""
        given = {"type": type_name, "username": username} | self.credentials() | fields
        answer = self.send(json.dumps(given).encode())
        assert (answer.status, answer.content_type) == (200, "application/json"), answer.text
        members: dict[str, Any] = answer.json
        assert list(members)[:3] == ["type", "errorCode", "errorMessage"]
        return members

    def code(self, type_name: str, username: str = "alice", /, **fields: Any) -> APIReturnCode:
        """Return what became of a request."""
        return APIReturnCode(self.ask(type_name, username, **fields)["errorCode"])

    def done(self, type_name: str, username: str = "alice", /, **fields: Any) -> dict[str, Any]:
        """Return the extras of a request that must succeed."""
        members = self.ask(type_name, username, **fields)
        assert (members["type"], members["errorCode"], members["errorMessage"]) == (type_name, 0, "OK"), members
        return {name: value for name, value in members.items() if name not in {"type", "errorCode", "errorMessage"}}

    def credentials(self) -> dict[str, str]:
        return {"spAccountLoginName": ACCOUNT, "spAccountLoginKey": self.account_key}

    def may_only(self, *scopes: Scope) -> None:
        """Let the account do nothing but this from now on."""
        register, tenant_id = self.product.core.api_key_register, self.product.tenant.id
        (uid,) = [key.id for key in register.listing(tenant_id) if key.name == ACCOUNT]
        register.set_scopes(self.product.operator(), tenant_id, uid, frozenset(scopes))
