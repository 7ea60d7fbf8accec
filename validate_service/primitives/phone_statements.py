"""What a phone signs: every field that its user decided about, framed so that no two meanings read the same.

A statement is a row of netstrings: the number of bytes in decimal, a colon, the bytes in UTF-8, a comma.  The first is
``ValidateService PingMe 1``, the second says what is stated.
"""

import base64

_FIRST = "ValidateService PingMe 1"


def enrolment_statement(challenge: bytes, name: str) -> bytes:
    r"""Return what a new key signs: that it is there, and what its phone is to be called.

    >>> enrolment_statement(b"abc", "Zoë")
    b'24:ValidateService PingMe 1,5:enrol,4:YWJj,4:Zo\xc3\xab,'
    """
    return _framed("enrol", _text(challenge), name)


def sign_in_statement(uid: str, challenge: bytes) -> bytes:
    """Return what a phone signs to be let in."""
    return _framed("sign in", uid, _text(challenge))


def answer_statement(
    *,
    uid: str,
    approval_id: str,
    user: str,
    login_to: str,
    address: str,
    message: str,
    asked_at: int,
    expires_at: int,
    number: str,
    approve: bool,
) -> bytes:
    """Return what a phone signs to answer a push.

    Args:
        uid: What the phone calls itself.
        approval_id: Which push.
        user: Who is signing in, as the phone shows it.
        login_to: Where, as it shows it.
        address: From which address, as it shows it.
        message: What it shows besides.
        asked_at: When the push was made, microseconds since 1970.
        expires_at: Until when it can be answered, microseconds since 1970.
        number: What the user typed; empty where no number is asked for, or to deny.
        approve: ``False`` denies.
    """
    decision = "approve" if approve else "deny"
    shown = (user, login_to, address, message, str(asked_at), str(expires_at))
    return _framed("answer", uid, approval_id, *shown, number, decision)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _framed(*fields: str) -> bytes:
    framed = bytearray()
    for field in (_FIRST, *fields):
        data = field.encode()
        framed += b"%d:%b," % (len(data), data)
    return bytes(framed)
