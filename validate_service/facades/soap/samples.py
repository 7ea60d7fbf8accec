"""Sample messages for the pages, made from the signatures."""

from dataclasses import dataclass

from validate_service.facades.soap.envelope import DECLARATION, SOAP_11, SOAP_12, XSD, XSI, SoapVersion
from validate_service.facades.soap.signatures import Contract, Field, Kind, Signature


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sample; a placeholder is what the reader replaces."""

    text: str
    placeholder: bool = False


Sample = list[Piece]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A sample request and its answer."""

    title: str
    request: Sample
    response: Sample


def exchanges(contract: Contract, signature: Signature, host: str, path: str) -> list[Exchange]:
    """Return a sample exchange in SOAP 1.1 and one in SOAP 1.2, with their HTTP headers."""
    action = contract.action(signature)
    return [
        _exchange("SOAP 1.1", SOAP_11, contract, signature, [f"POST {path} HTTP/1.1", f"Host: {host}"], action),
        _exchange("SOAP 1.2", SOAP_12, contract, signature, [f"POST {path} HTTP/1.1", f"Host: {host}"], ""),
    ]


def curl(contract: Contract, signature: Signature, address: str) -> Sample:
    """Return a command for a POSIX shell that calls the operation with SOAP 1.1."""
    head = (
        f"curl --silent {address} \\\n"
        f"  --header 'Content-Type: {SOAP_11.content_type}' \\\n"
        f"  --header 'SOAPAction: \"{contract.action(signature)}\"' \\\n"
        "  --data-binary @- <<'END'\n"
    )
    return [Piece(head), *_envelope(SOAP_11, contract, signature.name, signature.parameters), Piece("\nEND")]


def _exchange(
    title: str, version: SoapVersion, contract: Contract, signature: Signature, start: list[str], action: str
) -> Exchange:
    kind = [f"Content-Type: {version.content_type}"]
    actions = [f'SOAPAction: "{action}"'] if action else []
    request = _envelope(version, contract, signature.name, signature.parameters)
    response = _envelope(version, contract, f"{signature.name}Response", signature.results)
    return Exchange(title, _http([*start, *kind], actions, request), _http(["HTTP/1.1 200 OK", *kind], [], response))


def _http(head: list[str], tail: list[str], body: Sample) -> Sample:
    return [
        Piece("\n".join(head) + "\nContent-Length: "),
        Piece("length", placeholder=True),
        Piece("".join(f"\n{line}" for line in tail) + "\n\n"),
        *body,
    ]


def _envelope(version: SoapVersion, contract: Contract, name: str, fields: tuple[Field, ...]) -> Sample:
    opening = (
        f"{DECLARATION}\n"
        f'<soap:Envelope xmlns:xsi="{XSI}" xmlns:xsd="{XSD}" xmlns:soap="{version.namespace}">\n'
        f'  <soap:Body>\n    <{name} xmlns="{contract.namespace}">\n'
    )
    closing = f"    </{name}>\n  </soap:Body>\n</soap:Envelope>"
    return [Piece(opening), *(piece for field in fields for piece in _field(field)), Piece(closing)]


def _field(field: Field) -> Sample:
    if field.kind is not Kind.TEXTS:
        return _line(6, field.name, field.kind.value)
    items = [*_line(8, "string", "string"), *_line(8, "string", "string")]
    return [Piece(f"      <{field.name}>\n"), *items, Piece(f"      </{field.name}>\n")]


def _line(indent: int, tag: str, value: str) -> Sample:
    return [Piece(f"{' ' * indent}<{tag}>"), Piece(value, placeholder=True), Piece(f"</{tag}>\n")]
