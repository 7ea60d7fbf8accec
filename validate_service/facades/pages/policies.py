"""What browsers are told about pages, so that nothing of somebody else runs in them or around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Policy:
    """What a page may do (Content Security Policy Level 3); whatever is not named, it may not.

    Attributes:
        loads: What it may load from this server, in the policy's words, such as ``style``.
        forms: Whether it may send forms.
        scripts_made_by: Name of the one Trusted Types policy that its scripts may make.

    >>> str(Policy(("style",))).split("; ")[:2]
    ["default-src 'none'", "style-src 'self'"]
    """

    loads: Sequence[str] = ("style", "img")
    forms: bool = False
    scripts_made_by: str = "'none'"

    def __str__(self) -> str:
        """Return it as the header says it."""
        sources = [f"{kind}-src 'self'" for kind in self.loads]
        target = "'self'" if self.forms else "'none'"
        closed = ["base-uri 'none'", f"form-action {target}", "frame-ancestors 'none'", "object-src 'none'"]
        trusted = ["require-trusted-types-for 'script'", f"trusted-types {self.scripts_made_by}"]
        return "; ".join(["default-src 'none'", *sources, *closed, *trusted])


PLAIN = Policy()
"""Of a page with neither scripts nor forms."""
