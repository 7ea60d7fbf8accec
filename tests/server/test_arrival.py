"""How much of a request must have come before a thread takes it: never less than the thread will read."""

from itertools import pairwise

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from hypothesis import example, given, settings
from hypothesis import strategies as st

from validate_service.facades.http.requests import MAX_BODY_BYTES
from validate_service.server.worker import MOST_BODY_BYTES, MOST_CHUNKED_BYTES, MOST_HEAD_BYTES, Arrival

HEAD = b"POST /ValidateService.asmx HTTP/1.1\r\nHost: mfa.example\r\n"
WITH_LENGTH = HEAD + b"Content-Length: 5\r\n\r\nhello"
IN_CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2;x=y\r\n\r\n\r\n0\r\nX-End: 1\r\n\r\n"
LOOKS_ENDED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\nabcd\r\n0\r\n\r\n_____\r\n0\r\n\r\n"
EXPECTING = HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"
LONG_HEAD = HEAD + b"X: " + b"x" * MOST_HEAD_BYTES + b"\r\n\r\n"
ENDLESS_NUMBER = HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhello"
TINY_CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 12_000 + b"0\r\n\r\n"
REQUESTS = (
    *(HEAD + b"\r\n", WITH_LENGTH, IN_CHUNKS, LOOKS_ENDED, EXPECTING, LONG_HEAD, ENDLESS_NUMBER, TINY_CHUNKS),
    *(b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\nnothing\r\n"),
)

snippets = st.sampled_from(
    [
        *(
            b"\r\n",
            b"\r\n\r\n",
            b"\n",
            b"Content-Length: 5",
            b"content-length:\t3 ",
            b"Content-Length: 70000",
            b"hello",
        ),
        *(
            b"Transfer-Encoding: chunked",
            b"Expect: 100-continue",
            b"0",
            b"5",
            b"5;a=b",
            b"GET / HTTP/1.1",
            b"X: y",
            b" ",
        ),
    ]
)


class WouldWaitError(Exception):
    """The reader asked the client for more."""


def verdict(parts: list[bytes]) -> tuple[bool, ...]:
    """Return what is known when the last part has come, or as soon as the request is decided."""
    arrival = Arrival()
    for part in parts:
        arrival.add(part)
        if arrival.is_whole or arrival.head_is_too_long or arrival.framing_is_too_long:
            break
    refused = arrival.head_is_too_long or arrival.framing_is_too_long
    return refused, not refused and arrival.is_whole, not refused and arrival.is_oversize


def split(request: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(request), *(cut % (len(request) + 1) for cut in cuts)})
    return [request[begin:end] for begin, end in pairwise(places)]


@pytest.mark.parametrize("request_bytes", REQUESTS, ids=range(len(REQUESTS)))
@settings(deadline=None, max_examples=50)
@given(cuts=st.lists(st.integers(0, 1 << 20), max_size=40))
def test_any_splitting_of_a_request_gives_the_same_result(request_bytes: bytes, cuts: list[int]) -> None:
    """Where the network cuts a request changes nothing."""
    assert verdict(split(request_bytes, cuts)) == verdict([request_bytes])


@pytest.mark.parametrize("request_bytes", [WITH_LENGTH, IN_CHUNKS, LOOKS_ENDED, EXPECTING])
def test_a_request_is_whole_with_its_last_byte_and_not_before(request_bytes: bytes) -> None:
    """One byte at a time: only the last one completes it."""
    arrival, whole = Arrival(), []
    for byte in request_bytes:
        arrival.add(bytes([byte]))
        whole.append(arrival.is_whole)
    assert whole == [False] * (len(request_bytes) - 1) + [True]


def read_without_waiting(data: bytes) -> None:
    """Let gunicorn read a whole request as the application does, from what was collected and nothing else."""

    def collected() -> object:
        yield data
        raise WouldWaitError

    config = Config()
    config.set("forwarded_allow_ips", "")
    request = Request(config, IterUnreader(collected()), ("192.0.2.1", 1))
    length = next((value for name, value in request.headers if name == "CONTENT-LENGTH"), None)
    if length is None:
        request.body.read(MAX_BODY_BYTES + 1)
    elif len(length) <= 18 and int(length) <= MAX_BODY_BYTES:
        request.body.read(int(length))


def assert_no_thread_waits(request_bytes: bytes, cuts: list[int]) -> bool:
    arrival = Arrival()
    for part in split(request_bytes, cuts):
        arrival.add(part)
        if arrival.head_is_too_long or arrival.framing_is_too_long:
            return False
        if arrival.is_whole:
            try:
                read_without_waiting(bytes(arrival.data))
            except WouldWaitError:
                raise AssertionError(f"a thread would wait for the client: {bytes(arrival.data[:200])!r}") from None
            except ParseException:
                # gunicorn refuses what is not HTTP, without waiting.
                return False
            return True
    return False


@settings(deadline=None, max_examples=50)
@given(st.lists(snippets, max_size=12), st.lists(st.integers(0, 1 << 10), max_size=6))
@example([b"\r\n\r\n"], [])
def test_no_thread_ever_waits_for_a_client(lines: list[bytes], cuts: list[int]) -> None:
    """Whatever is called whole, gunicorn reads it from what has come; what it refuses, it refuses at once."""
    assert_no_thread_waits(HEAD + b"".join(lines), cuts)
    assert_no_thread_waits(HEAD + b"\r\n".join(lines) + b"\r\n\r\n", cuts)
    assert_no_thread_waits(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"\r\n".join(lines), cuts)


@pytest.mark.parametrize("request_bytes", [HEAD + b"\r\n", WITH_LENGTH, IN_CHUNKS, LOOKS_ENDED, TINY_CHUNKS])
def test_good_requests_are_handed_over_whole(request_bytes: bytes) -> None:
    """Each reaches a thread that reads it to its end."""
    assert assert_no_thread_waits(request_bytes, [len(HEAD) + 40, len(request_bytes) - 3, len(request_bytes) - 9])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 1 << 20), max_size=30))
def test_a_body_of_tiny_chunks_is_oversize_by_what_it_holds(cuts: list[int]) -> None:
    """The framing does not count: 72 KB of chunks that hold 12 KB make a request that is served."""
    refused, whole, oversize = verdict(split(TINY_CHUNKS, cuts))
    assert (refused, whole, oversize) == (False, True, False)


def test_chunks_without_end_are_refused_before_they_fill_the_memory() -> None:
    """A chunk extension can be long for ever; what is collected is bounded."""
    arrival = Arrival()
    arrival.add(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;")
    while not arrival.framing_is_too_long:
        arrival.add(b"x" * 4096)
        assert len(arrival.data) < MOST_CHUNKED_BYTES + 10_000
    assert not arrival.is_whole


@pytest.mark.parametrize(
    ("length", "oversize"), [(MOST_BODY_BYTES, False), (MOST_BODY_BYTES + 1, True), (10**30, True)]
)
def test_the_announced_length_decides_what_is_oversize(length: int, oversize: bool) -> None:
    """An oversize request goes to a thread with its head alone, to be refused."""
    arrival = Arrival()
    arrival.add(HEAD + b"Content-Length: %d\r\n\r\n" % length)
    assert (arrival.is_whole, arrival.is_oversize) == (oversize, oversize)


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=1, max_size=50))
def test_requests_that_were_sent_ahead_stay_behind_the_first(rest: bytes) -> None:
    """Pipelined bytes neither delay nor change the request before them."""
    for request_bytes in (WITH_LENGTH, IN_CHUNKS, LOOKS_ENDED):
        assert verdict([request_bytes + rest]) == (False, True, False)


def test_an_expectation_is_taken_out_of_the_head() -> None:
    """The worker answers it, so nobody else may see it; the body behind it is untouched."""
    arrival = Arrival()
    arrival.add(EXPECTING)
    assert arrival.expects_continue
    assert bytes(arrival.data) == WITH_LENGTH
