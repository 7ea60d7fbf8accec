"""A client of restservice.svc without a socket."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.facades.soap.wire import Answer, call
from tests.product import Product
from tests.world import FakeCourier
from validate_service.facades.rest.application import RestApplication

PATH = "/restservices/restservice.svc"
FORM = "application/x-www-form-urlencoded"
PUBLIC_URL = "https://mfa.example"


@dataclass
class RestClient:
    """Calls one product, with its API key unless told otherwise.

    Attributes:
        product: The product.
        courier: What carries the product's messages.
    """

    product: Product
    courier: FakeCourier = field(default_factory=FakeCourier)

    def __post_init__(self) -> None:
        self.application = RestApplication(self.product.core)

    def send(self, name: str, body: bytes, method: str = "POST", **more: Any) -> Answer:
        return call(self.application, method, f"{PATH}/{name}", body=body, **({"content_type": FORM} | more))

    def call(self, name: str, fields: dict[str, Any] | None = None, **more: Any) -> Answer:
        given = {"apiKey": self.product.api_key} | (fields or {})
        return self.send(name, json.dumps(given).encode(), **more)

    def result(self, name: str, **fields: Any) -> str:
        """Return the Result of a call that must succeed."""
        answer = self.call(name, fields)
        assert (answer.status, answer.json["status"]) == (200, "success"), answer.text
        result: str = answer.json["Result"]
        return result

    def failure(self, name: str, **fields: Any) -> str:
        """Return the Result of a call that must fail for a reason of business."""
        answer = self.call(name, fields)
        assert (answer.status, answer.json["status"]) == (200, "failure"), answer.text
        result: str = answer.json["Result"]
        return result

    def add_user(self, name: str = "alice", domain: str = "CORP", **fields: Any) -> dict[str, str]:
        """Add a user; return the fields that name it."""
        who = {"userName": name, "domainName": domain}
        self.result("AddUser", **who, **fields)
        return who
