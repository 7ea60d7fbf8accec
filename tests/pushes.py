"""A push as its caller sees it, without a server: asked, something happens, concluded."""

from collections.abc import Callable

from tests.product import Product
from validate_service.core.calls import Call
from validate_service.core.outcomes import Decision
from validate_service.core.prompts import Prompt


def verify_push(
    product: Product, call: Call, prompt: Prompt, *, meanwhile: Callable[[], object] = lambda: None
) -> Decision:
    """Ask as a caller who waits; *meanwhile* is done before the wait is over."""
    verifier = product.core.approvals
    asked = verifier.ask(call, prompt, waits=True)
    if isinstance(asked, Decision):
        return asked
    meanwhile()
    return verifier.conclude(call, asked)
