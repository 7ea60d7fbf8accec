"""A client of the WCF service without a socket, in both of its bindings."""

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from tests.facades.connector.client import ConnectorClient
from tests.facades.soap.wire import E11, E12, SOAP_XML, TEXT_XML, Answer, call
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.wcf.contract import OPERATIONS, Operation

PATH = "/AuthServerWCFService/SurePassAuthServerWCFService.svc"
NAMESPACE = "http://tempuri.org/"
INTERFACE = f"{NAMESPACE}ISurePassAuthServerWCFService/"
DATA = "http://schemas.datacontract.org/2004/07/AuthServerWCFService"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
WSA = "http://www.w3.org/2005/08/addressing"
ANONYMOUS = f"{WSA}/anonymous"
MESSAGE_ID = "urn:uuid:7f0b2a4e-6c1d-4c55-9d2c-0a1b2c3d4e5f"

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def parameters(**values: object) -> str:
    """Return elements that hold *values*; ``None`` is nil."""
    return "".join(
        f'<{name} i:nil="true"/>' if value is None else f"<{name}>{escape(_written(value))}</{name}>"
        for name, value in values.items()
    )


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def wrapped(name: str, inner: str, namespace: str = NAMESPACE) -> str:
    """Return an operation's element around *inner*."""
    return f'<{name} xmlns="{namespace}" xmlns:i="{XSI}">{inner}</{name}>'


def envelope(body: str, header: str = "", *, version: str = E11) -> bytes:
    """Return a message with *body* in its Body and *header*, if any, in its Header."""
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f'<s:Envelope xmlns:s="{version}">{head}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def header(name: str, text: str, namespace: str = WSA, *, must: str = "1") -> str:
    """Return a header that must be understood, unless *must* says otherwise."""
    return f"<h:{name} xmlns:h={quoteattr(namespace)} s:mustUnderstand={quoteattr(must)}>{text}</h:{name}>"


def addressed(action: str, **more: str) -> str:
    """Return the headers that a wsHttpBinding client without security sends; *more* replaces or adds some."""
    headers = {
        "Action": header("Action", action),
        "MessageID": f'<a:MessageID xmlns:a="{WSA}">{MESSAGE_ID}</a:MessageID>',
        "ReplyTo": f'<a:ReplyTo xmlns:a="{WSA}"><a:Address>{ANONYMOUS}</a:Address></a:ReplyTo>',
        "To": header("To", f"https://other.example{PATH}"),
    }
    return "".join((headers | more).values())


def members_of(answer: Answer) -> dict[str, Any]:
    """Return the members of the result in an answer that is no fault."""
    assert answer.status == 200, answer.text
    (response,) = etree.fromstring(answer.body).find("{*}Body")
    (result,) = response
    assert response.tag == f"{{{NAMESPACE}}}{etree.QName(result).localname.removesuffix('Result')}Response"
    return _members(result)


def _members(element: Any) -> dict[str, Any]:
    assert all(member.tag.startswith(f"{{{DATA}}}") for member in element)
    return {etree.QName(member).localname: _value(member) for member in element}


def _value(member: Any) -> Any:
    if member.get(f"{{{XSI}}}nil") == "true":
        return None
    return [_members(item) for item in member] if len(member) else member.text or ""


@dataclass
class WcfClient:
    """Calls operations of one product, as an account of it.

    Attributes:
        connector: A client of the same product's connector.
        by_ws: Whether messages are those of a wsHttpBinding without security, and not of a basicHttpBinding.
    """

    connector: ConnectorClient
    by_ws: bool = False

    def post(self, body: bytes, action: str | None = None, **more: Any) -> Answer:
        """POST a message; with an *action* in SOAPAction, as SOAP 1.1 does it."""
        headers = {} if action is None else {"SOAPAction": f'"{action}"'}
        content_type = SOAP_XML if f'="{E12}"'.encode() in body else TEXT_XML
        options = {"content_type": content_type, "headers": headers} | more
        return call(self.connector.application, "POST", PATH, body=body, **options)  # type: ignore[arg-type]

    def get(self, query: str = "", method: str = "GET", path: str = PATH, **more: Any) -> Answer:
        """GET a document."""
        return call(self.connector.application, method, path, query=query, **more)  # type: ignore[arg-type]

    def send(self, name: str, inner: str) -> Answer:
        """Call an operation with *inner* in its element."""
        action = INTERFACE + name
        if self.by_ws:
            return self.post(envelope(wrapped(name, inner), addressed(action), version=E12))
        return self.post(envelope(wrapped(name, inner)), action)

    def ask(self, name: str, user: str = "alice", /, **values: object) -> dict[str, Any]:
        """Return the members of what an operation answers about *user*."""
        return members_of(self.send(name, parameters(**self.common(BY_NAME[name], user), **values)))

    def code(self, name: str, user: str = "alice", /, **values: object) -> APIReturnCode:
        """Return what became of a call."""
        return APIReturnCode(int(self.ask(name, user, **values)["ErrorCode"]))

    def done(self, name: str, user: str = "alice", /, **values: object) -> dict[str, Any]:
        """Return the members besides code and text of a call that must succeed."""
        members = self.ask(name, user, **values)
        assert (members.pop("ErrorCode"), members.pop("ErrorMsg")) == ("0", "OK"), members
        return members

    def common(self, operation: Operation, user: str) -> dict[str, str]:
        """Return the account and the user as *operation* wants them."""
        account = self.connector.credentials()
        names = {parameter.meant: parameter.name for parameter in operation.parameters}
        return {
            names["spaccountloginname"]: account["spAccountLoginName"],
            names["spaccountloginkey"]: account["spAccountLoginKey"],
            names["username"]: user,
        }

    def events(self) -> list[dict[str, Any]]:
        """Return the audit events of calls that came this way."""
        return [event for event in self.connector.product.audit() if event["surface"] == "wcf"]
