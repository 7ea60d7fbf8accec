"""``validate-service card``."""

import click

from validate_service.cli.operator import ROW_NUMBER, Operator, operator_command, read_secret
from validate_service.cli.times import iso


@click.group("card")
def cards() -> None:
    """Cards.  Of a card's identifier only a keyed hash is kept; a card is named by its number here."""


@cards.command("add")
@click.argument("user")
@click.option("--label", default="", help="What the card is called in lists.")
@operator_command
def add(operator: Operator, user: str, label: str) -> None:
    """Give a card to USER; its identifier is read from the terminal or standard input."""
    information = read_secret("Card identifier")
    register = operator.installation.core.card_register
    register.add(operator.call("card add", user), operator.tenant, information, label)
    operator.tell(f"Card added to {user}.", user=user, label=label)


@cards.command("list")
@operator_command
def listing(operator: Operator) -> None:
    """List all cards."""
    operator.show(
        [
            {
                "card": card.id,
                "label": card.label,
                "user": str(card.user),
                "enabled": card.enabled,
                "created_at": iso(card.created_at),
                "last_used_at": iso(card.last_used_at),
            }
            for card in operator.installation.core.card_register.listing(operator.tenant)
        ]
    )


@cards.command("enable")
@click.argument("card", type=ROW_NUMBER)
@operator_command
def enable(operator: Operator, card: int) -> None:
    """Enable a card."""
    register = operator.installation.core.card_register
    register.set_enabled(operator.call("card enable"), operator.tenant, card, enabled=True)
    operator.tell(f"Card {card} enabled.", card=card, enabled=True)


@cards.command("disable")
@click.argument("card", type=ROW_NUMBER)
@operator_command
def disable(operator: Operator, card: int) -> None:
    """Disable a card, e.g. because it was lost."""
    register = operator.installation.core.card_register
    register.set_enabled(operator.call("card disable"), operator.tenant, card, enabled=False)
    operator.tell(f"Card {card} disabled.", card=card, enabled=False)


@cards.command("delete")
@click.argument("card", type=ROW_NUMBER)
@operator_command
def delete(operator: Operator, card: int) -> None:
    """Delete a card."""
    operator.installation.core.card_register.delete(operator.call("card delete"), operator.tenant, card)
    operator.tell(f"Card {card} deleted.", card=card)
