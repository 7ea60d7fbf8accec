"""What browsers are told about pages, so that nothing of somebody else runs in them or around them."""

from collections.abc import Mapping, Sequence

COMMON_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        [f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")]
        + [f"{feature}=(self)" for feature in ("publickey-credentials-create", "publickey-credentials-get")]
    ),
    "Cache-Control": "no-store",
}
"""What every answer has that does not say otherwise."""

HTTPS_ONLY = "max-age=31536000"


def content_security_policy(loads: Sequence[str], *, forms: bool = False, scripts_made_by: str = "'none'") -> str:
    """Return the policy of a page (Content Security Policy Level 3).

    Args:
        loads: What the page may load from this server, in the policy's words, such as ``style``.
        forms: Whether it may send forms.
        scripts_made_by: Name of the one Trusted Types policy that its scripts may make.

    >>> content_security_policy(["style"]).split("; ")[:2]
    ["default-src 'none'", "style-src 'self'"]
    """
    sources = [f"{kind}-src 'self'" for kind in loads]
    target = "'self'" if forms else "'none'"
    closed = ["base-uri 'none'", f"form-action {target}", "frame-ancestors 'none'", "object-src 'none'"]
    trusted = ["require-trusted-types-for 'script'", f"trusted-types {scripts_made_by}"]
    return "; ".join(["default-src 'none'", *sources, *closed, *trusted])
