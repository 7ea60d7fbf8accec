"""What authenticator apps read: the otpauth:// URL of a token, as text and as a QR code."""

import base64
import hashlib

import pyotp
import segno

from validate_service.core.devices import Enrolment
from validate_service.core.model import DeviceKind

_PIXELS = 5
"""Width of a module of a QR code."""


def otpauth_url(enrolment: Enrolment, account: str, issuer: str) -> str:
    """Return the URL by which an app becomes the device (Key URI Format of Google Authenticator).

    Args:
        enrolment: The device, with its seed.
        account: What the app shows as the name.
        issuer: What the app shows as the place where the name is good.
    """
    secret, digest = base64.b32encode(enrolment.seed or b"").decode(), getattr(hashlib, enrolment.algorithm)
    if enrolment.kind is DeviceKind.HOTP:
        hotp = pyotp.HOTP(secret, digits=enrolment.digits, digest=digest)
        return hotp.provisioning_uri(name=account, initial_count=enrolment.counter, issuer_name=issuer)
    totp = pyotp.TOTP(secret, digits=enrolment.digits, digest=digest, interval=enrolment.period)
    return totp.provisioning_uri(name=account, issuer_name=issuer)


def qr_code_url(text: str) -> str:
    """Return a URL that holds a picture (PNG) of the QR code of *text*."""
    return str(segno.make_qr(text).png_data_uri(scale=_PIXELS))
