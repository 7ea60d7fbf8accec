"""A client without a socket: raw HTTP requests in, answers out, with every rule of PEP 3333 checked."""

import io
import json
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from wsgiref.validate import WSGIWarning, validator

from lxml import etree

from validate_service.facades.http.requests import Environ, StartResponse

PATH = "/ValidateService.asmx"
NAMESPACE = "http://cm.2fa.com/"
E11 = "http://schemas.xmlsoap.org/soap/envelope/"
E12 = "http://www.w3.org/2003/05/soap-envelope"
TEXT_XML = "text/xml; charset=utf-8"
SOAP_XML = "application/soap+xml; charset=utf-8"
Application: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]
DATA = Path(__file__).parents[2] / "data" / "asmx"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def fault_code(self) -> str:
        """The fault code of either SOAP version; empty if the answer is no fault."""
        root = etree.fromstring(self.body)
        codes = root.findall(".//faultcode") or root.findall(f".//{{{E12}}}Code/{{{E12}}}Value")
        return codes[0].text or "" if codes else ""

    @property
    def reason(self) -> str:
        root = etree.fromstring(self.body)
        reasons = root.findall(".//faultstring") or root.findall(f".//{{{E12}}}Text")
        return reasons[0].text or "" if reasons else ""


def call(
    application: Application,
    method: str = "GET",
    path: str = PATH,
    *,
    query: str = "",
    body: bytes = b"",
    content_type: str = "",
    headers: dict[str, str] | None = None,
    environ: dict[str, Any] | None = None,
) -> Answer:
    """Call the WSGI application once; *headers* are named as in HTTP, *environ* overrides what is made of all."""
    full: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "mfa.example",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    full |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
    full |= environ or {}
    return _answer(application, {key: value for key, value in full.items() if value is not None})


def _answer(application: Application, environ: dict[str, Any]) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started.append((status, headers))
        return lambda data: None

    with warnings.catch_warnings():
        # The validator warns of verbs that it has never heard of.
        warnings.simplefilter("ignore", WSGIWarning)
        checked = validator(application)(environ, start_response)
        body = b"".join(checked)
        checked.close()  # type: ignore[attr-defined]
    ((status, headers),) = started
    return Answer(int(status[:3]), {name.lower(): value for name, value in headers}, body)


def envelope(inner: str, *, namespace: str = E11, header: str = "") -> bytes:
    """Return a message with *inner* in its body."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{namespace}" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{header}<soap:Body>{inner}</soap:Body></soap:Envelope>'
    ).encode()


def operation(called: str, /, **parameters: str) -> str:
    """Return an operation's element; the values must be free of markup."""
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in parameters.items())
    return f'<{called} xmlns="{NAMESPACE}">{inner}</{called}>'


def soap(application: Application, body: bytes, *, action: str | None = None, **more: Any) -> Answer:
    """POST a message; with an *action* as SOAP 1.1 does it, without as the envelope's namespace says."""
    headers = {} if action is None else {"SOAPAction": f'"{NAMESPACE}{action}"'}
    content_type = SOAP_XML if f'xmlns:soap="{E12}'.encode() in body and action is None else TEXT_XML
    return call(application, "POST", body=body, **({"content_type": content_type, "headers": headers} | more))


def raw(application: Application, request: bytes) -> Answer:
    """Send the exact bytes of an HTTP/1.1 request."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    other = {name: value for name, value in headers.items() if not re.fullmatch("(?i)content-.*", name)}
    return call(
        application,
        method,
        path,
        query=query,
        body=body,
        content_type=content_type,
        headers=other,
        environ=_length(body),
    )


def _length(body: bytes) -> dict[str, Any]:
    return {"CONTENT_LENGTH": str(len(body)) if body else ""}
