"""``validate-service question``."""

import click

from validate_service.cli.operator import Operator, operator_command, read_secret


@click.group("question")
def questions() -> None:
    """Security questions."""


@questions.command("set")
@click.argument("user")
@click.argument("texts", nargs=-1)
@operator_command
def replace(operator: Operator, user: str, texts: tuple[str, ...]) -> None:
    """Replace all questions of USER by TEXTS; the answers are read in the same order, one a line."""
    pairs = [(text, read_secret(text)) for text in texts]
    register = operator.installation.core.question_register
    register.replace(operator.call("question set", user), operator.tenant, pairs)
    operator.tell(f"{len(pairs)} questions of {user} set.", user=user, questions=len(pairs))


@questions.command("list")
@click.argument("user")
@operator_command
def listing(operator: Operator, user: str) -> None:
    """List the questions of USER."""
    register = operator.installation.core.question_register
    found = register.listing(operator.call("question list", user), operator.tenant)
    operator.show([{"position": position, "question": text} for position, text in enumerate(found, 1)])
