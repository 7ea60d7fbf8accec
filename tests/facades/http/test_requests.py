"""What a facade learns of a request without anything in front of it."""

from typing import Any

import pytest

from validate_service.facades.http.requests import ADDRESS, RELAYED, REQUEST_ID, is_local, origin_of


@pytest.mark.parametrize(
    ("environ", "address", "relayed", "local"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, "127.0.0.1", False, True),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, "::ffff:127.0.0.1", False, True),
        ({"REMOTE_ADDR": "192.0.2.1"}, "192.0.2.1", False, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_HOST": "mfa.example"}, "127.0.0.1", True, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"}, "127.0.0.1", True, False),
        ({"REMOTE_ADDR": "127.0.0.1", ADDRESS: "203.0.113.5", RELAYED: False}, "203.0.113.5", False, False),
        ({"REMOTE_ADDR": "10.0.0.1", ADDRESS: "127.0.0.1", RELAYED: True}, "127.0.0.1", True, False),
        ({"REMOTE_ADDR": "127.0.0.1", RELAYED: False, "HTTP_X_FORWARDED_FOR": "x"}, "127.0.0.1", False, True),
        ({"REMOTE_ADDR": ""}, "", False, False),
        ({}, "", False, False),
    ],
)
def test_where_a_call_comes_from(environ: dict[str, Any], address: str, relayed: bool, local: bool) -> None:
    """What an outer layer found out goes before the socket; a header of a proxy makes nobody local."""
    origin = origin_of(environ, "rest", "UserExists")
    assert (origin.address, origin.relayed, is_local(environ)) == (address, relayed, local)


def test_a_request_without_an_id_gets_one() -> None:
    """Another each time; the outer layer's goes before it."""
    first, second = (origin_of({}, "rest", "x").request_id for _ in range(2))
    assert len({first, second, ""}) == 3
    assert origin_of({REQUEST_ID: "known"}, "rest", "x").request_id == "known"
