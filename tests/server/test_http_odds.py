"""HTTP as clients really send it, byte by byte, to a running service."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.facades.soap.wire import NAMESPACE, envelope, operation
from tests.server.service import Service
from validate_service.server.worker import BRISK_S, MOST_BODY_BYTES, MOST_CHUNKED_BYTES, MOST_HEAD_BYTES

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@contextmanager
def connected(service: Service) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield client


def read_answer(client: socket.socket, already: bytes = b"") -> tuple[bytes, bytes, bytes]:
    """Return head and body of one answer, and what came behind it."""
    data = already
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        assert more, f"closed after {data!r}"
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(rest) < length:
        more = client.recv(65536)
        assert more, "closed within a body"
        rest += more
    return head, rest[:length], rest[length:]


def read_to_end(client: socket.socket) -> bytes:
    data = b""
    try:
        while more := client.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    return data


def encrypt_call(service: Service, value: str) -> bytes:
    return envelope(operation("EncryptValue", name="n", cleartextValue=value, apiKey=service.product.api_key))


def head(*lines: str, path: str = "/ValidateService.asmx", verb: str = "POST") -> bytes:
    fixed = f"{verb} {path} HTTP/1.1\r\nHost: mfa.example\r\nContent-Type: text/xml; charset=utf-8\r\n"
    action = f'SOAPAction: "{NAMESPACE}EncryptValue"\r\n'
    return (fixed + action + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode()


def test_an_expecting_client_gets_one_100_and_one_answer(service: Service) -> None:
    """.NET sends the head alone and the body after the 100; a second 100 would be taken for the answer."""
    body = encrypt_call(service, "x")
    with connected(service) as client:
        for _ in range(3):
            client.sendall(head("Expect: 100-continue", f"Content-Length: {len(body)}"))
            assert client.recv(len(CONTINUE)) == CONTINUE
            client.sendall(body)
            first, answer, behind = read_answer(client)
            assert first.startswith(b"HTTP/1.1 200 ")
            assert b"EncryptValueResult" in answer
            assert behind == b""


def test_a_client_that_does_not_wait_for_the_100_gets_its_answer(service: Service) -> None:
    """The body may come together with the head that announces it."""
    body = encrypt_call(service, "x")
    with connected(service) as client:
        client.sendall(head("EXPECT: 100-Continue", f"Content-Length: {len(body)}") + body)
        first, answer, behind = read_answer(client)
    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"EncryptValueResult" in answer
    assert behind == b""


def test_an_expecting_client_with_too_much_is_refused_before_it_sends(service: Service) -> None:
    """413 comes in place of the 100."""
    with connected(service) as client:
        client.sendall(head("Expect: 100-continue", f"Content-Length: {MOST_BODY_BYTES + 1}"))
        assert read_to_end(client).startswith(b"HTTP/1.1 413 ")


def in_one_piece(client: socket.socket, start: bytes, body: bytes) -> None:
    client.sendall(start + body)


def in_two_pieces(client: socket.socket, start: bytes, body: bytes) -> None:
    client.sendall(start + body[:9])
    time.sleep(2 * BRISK_S)
    client.sendall(body[9:])


def in_pieces_of_the_head(client: socket.socket, start: bytes, body: bytes) -> None:
    client.sendall(start[:9])
    time.sleep(2 * BRISK_S)
    client.sendall(start[9:] + body)


@pytest.mark.parametrize("send", [in_one_piece, in_two_pieces, in_pieces_of_the_head])
@pytest.mark.parametrize("expect", ["", "Expect: 100-continue"])
def test_a_brisk_client_is_answered_however_its_next_request_comes(
    service: Service, send: Callable[[socket.socket, bytes, bytes], None], expect: str
) -> None:
    """The thread that answered waits for the next request; what it cannot take alone it hands over whole."""
    body = encrypt_call(service, "x")
    plain = head(f"Content-Length: {len(body)}")
    odd = head(*[line for line in (f"Content-Length: {len(body)}", expect) if line])
    with connected(service) as client:
        answers, behind = [], b""
        for number in range(24):
            (send if number % 4 == 3 else in_one_piece)(client, odd if number % 4 == 3 else plain, body)
            while len(behind) < len(CONTINUE):
                behind += client.recv(65536)
            first, answer, behind = read_answer(client, behind.removeprefix(CONTINUE))
            answers.append((first[:12], b"EncryptValueResult" in answer))
    assert answers == [(b"HTTP/1.1 200", True)] * 24


@pytest.mark.parametrize("ends", [b"", b"no request\r\n\r\n", b"POST / HTTP/1.1\r\nX: " + b"x" * MOST_HEAD_BYTES])
def test_a_brisk_client_that_ends_badly_is_let_go(service: Service, ends: bytes) -> None:
    """It closes, or sends what is refused; others are served."""
    body = encrypt_call(service, "x")
    with connected(service) as client:
        for _ in range(5):
            client.sendall(head(f"Content-Length: {len(body)}") + body)
            assert read_answer(client)[0].startswith(b"HTTP/1.1 200 ")
        client.sendall(ends)
        client.shutdown(socket.SHUT_WR)
        assert read_to_end(client)[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 431")
    with connected(service) as client:
        client.sendall(head(f"Content-Length: {len(body)}") + body)
        assert read_answer(client)[0].startswith(b"HTTP/1.1 200 ")


def test_requests_sent_ahead_are_answered_in_order(service: Service) -> None:
    """Pipelining: whole requests and a cut one."""
    bodies = [encrypt_call(service, "x"), b"<broken", encrypt_call(service, "y")]
    requests = [head(f"Content-Length: {len(body)}") + body for body in bodies]
    with connected(service) as client:
        client.sendall(b"".join(requests)[:-10])
        first, _, behind = read_answer(client)
        second, _, behind = read_answer(client, behind)
        client.sendall(requests[-1][-10:])
        third, _, behind = read_answer(client, behind)
    assert [answer.split(b" ")[1] for answer in (first, second, third)] == [b"200", b"400", b"200"]
    assert behind == b""


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_a_body_in_chunks_is_read_whatever_the_pieces(service: Service, pieces: int) -> None:
    """Transfer-Encoding: chunked, with an extension, a trailer and a request behind it."""
    body = encrypt_call(service, "0\r\n\r\n")
    chunks = [body[begin : begin + 50] for begin in range(0, len(body), 50)]
    coded = b"".join(b"%x;n=v\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nX-End: 1\r\n\r\n"
    message = head("transfer-encoding: chunked") + coded
    with connected(service) as client:
        size = max(len(message) // pieces, 1)
        for begin in range(0, len(message), size):
            client.sendall(message[begin : begin + size])
        first, answer, _ = read_answer(client)
        client.sendall(message)
        second, _, _ = read_answer(client)
    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"EncryptValueResult" in answer
    assert second.startswith(b"HTTP/1.1 200 ")


def test_one_byte_too_many_is_answered_413(service: Service) -> None:
    """64 KiB are read, 64 KiB and a byte are not; the answer arrives although the body was sent."""
    for size, status in ((MOST_BODY_BYTES, b"400"), (MOST_BODY_BYTES + 1, b"413")):
        with connected(service) as client:
            client.sendall(head(f"Content-Length: {size}") + b" " * size)
            first, _, _ = read_answer(client)
        assert first.split(b" ")[1] == status
        assert b"x-request-id: " in first.lower()


def test_one_byte_too_many_in_chunks_is_answered_413(service: Service) -> None:
    """The same without a length that says so beforehand."""
    with connected(service) as client:
        client.sendall(head("Transfer-Encoding: chunked") + b"10001\r\n" + b" " * (MOST_BODY_BYTES + 1))
        assert read_to_end(client).startswith(b"HTTP/1.1 413 ")


def test_chunks_that_are_all_framing_are_answered_413(service: Service) -> None:
    """Small chunks without end are not collected for ever."""
    with connected(service) as client:
        client.sendall(head("Transfer-Encoding: chunked"))
        try:
            for _ in range(MOST_CHUNKED_BYTES // 600 + 300):
                client.sendall(b"1\r\nx\r\n" * 100)
        except (ConnectionResetError, BrokenPipeError):
            return
        assert read_to_end(client).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("length", "status"), [("1000000000000", b"413"), ("9" * 19, b"413"), ("9" * 5000, b"400")])
def test_a_huge_announcement_is_refused_at_once(service: Service, length: str, status: bytes) -> None:
    """Nobody waits for a terabyte; a number of 5,000 digits is no defect."""
    with connected(service) as client:
        client.sendall(head(f"Content-Length: {length}") + b"x")
        assert read_to_end(client).split(b" ")[1] == status


@pytest.mark.parametrize("length", ["-1", "5x", "0x10", "", "1, 1", "\uff11"])
def test_a_length_that_is_no_number_is_refused(service: Service, length: str) -> None:
    """400, and the connection is closed: nobody knows where the next request begins."""
    with connected(service) as client:
        client.sendall(head(f"Content-Length: {length}") + b"hello")
        assert read_to_end(client).startswith(b"HTTP/1.1 400 ")


def test_the_head_of_a_request_is_bounded(service: Service) -> None:
    """431, before the memory fills."""
    with connected(service) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * (MOST_HEAD_BYTES + 1))
        assert read_to_end(client).startswith(b"HTTP/1.1 431 ")


def test_header_names_count_in_any_case(service: Service) -> None:
    """Old clients write them in lower case, proxies in any."""
    body = encrypt_call(service, "x")
    with connected(service) as client:
        message = (
            b"POST /validateservice.ASMX HTTP/1.1\r\nhost: mfa.example\r\nCONTENT-TYPE: text/xml;charset=utf-8\r\n"
            b'soapaction: "http://cm.2fa.com/EncryptValue"\r\ncontent-LENGTH:%d\r\n\r\n%s' % (len(body), body)
        )
        client.sendall(message)
        first, answer, _ = read_answer(client)
    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"EncryptValueResult" in answer


NOT_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00secret-in-tls\r\n\r\n",
    b"\r\n\r\n",
    b"SSH-2.0-secret-in-ssh\r\n\r\n",
    b"GET secret-in-target HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nsecret in header\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nsecret-in-chunk\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@pytest.mark.parametrize("noise", NOT_HTTP, ids=range(len(NOT_HTTP)))
def test_what_is_not_http_is_answered_and_not_quoted(service: Service, noise: bytes) -> None:
    """Any refusal but a 5xx, and a log that tells the kind only."""
    with connected(service) as client:
        client.sendall(noise)
        answer = read_to_end(client)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer
    assert "secret" not in service.log


def test_a_request_without_end_is_answered_when_the_client_stops_sending(service: Service) -> None:
    """A half-closed connection cannot complete its request: it is closed, and nobody waits."""
    with connected(service) as client:
        client.sendall(head("Content-Length: 100") + b"half")
        client.shutdown(socket.SHUT_WR)
        begin = time.monotonic()
        assert read_to_end(client) == b""
        assert time.monotonic() - begin < 9


def test_a_client_that_vanishes_harms_nobody(service: Service) -> None:
    """Reset after the head, with and without an expectation, many times: the workers stay the same."""
    workers = service.workers
    for number in range(200):
        with connected(service) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            client.sendall(head("Expect: 100-continue", "Content-Length: 100") + b"x" * (number % 2))
    assert service.caller().send("GET", "/healthz").status == 200
    assert service.workers == workers
