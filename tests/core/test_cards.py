"""Cards with PINs."""

from dataclasses import replace

import pytest

from tests.interference import InterruptedDatabase
from tests.product import Product
from validate_service.core.cards import LONGEST_CARD, normal_card
from validate_service.core.errors import ConflictError, MalformedRequestError, NotFoundError
from validate_service.core.outcomes import Decision, Outcome

CARD, PIN = "04:A2:B3:C4", "2580"


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has a card and a PIN."""
    product.add_user("alice")
    product.core.card_register.add(product.operator("alice"), product.tenant, CARD, "blue badge")
    product.core.pin_desk.set_pin(product.operator("alice"), product.tenant, PIN)
    return product


def verified(product: Product, card: str, pin: str, user: str = "alice") -> Outcome:
    """Return what becomes of one attempt."""
    return product.core.cards.verify(product.call(user), card, pin).outcome


def card_id(product: Product) -> int:
    """Return the number of the only card."""
    (card,) = product.core.card_register.listing(product.tenant)
    return card.id


@pytest.mark.parametrize("spelling", ["04:A2:B3:C4", "04a2b3c4", "04-a2-b3-c4", "04 A2 B3 C4", "04A2:B3-c4"])
def test_hex_is_one_card_however_readers_spell_it(alice: Product, spelling: str) -> None:
    """Any case, with separators or without."""
    assert verified(alice, spelling, PIN) is Outcome.ACCEPTED


@pytest.mark.parametrize("card", ["Badge 7", "badge 7", "04::A2", "04:A2:", " 04A2", "04\u00a0A2", "", "\uff10\uff14"])
def test_what_is_not_hex_is_compared_exactly(card: str) -> None:
    """No rewriting of what nobody understands."""
    assert normal_card(card) == card


def test_the_right_card_with_the_right_pin_is_accepted_again_and_again(alice: Product) -> None:
    """And its last use is noted."""
    assert [verified(alice, CARD, PIN) for _ in range(2)] == [Outcome.ACCEPTED] * 2
    (card,) = alice.core.card_register.listing(alice.tenant)
    assert card.last_used_at == alice.core.cards.clock.now()
    assert card.label == "blue badge"


@pytest.mark.parametrize(("card", "pin"), [("FFFF", PIN), (CARD, "2581"), (CARD, ""), ("", PIN), (CARD, "\ud800")])
def test_both_card_and_pin_must_be_right(alice: Product, card: str, pin: str) -> None:
    """One of them alone is a wrong code, whatever text the other is."""
    assert verified(alice, card, pin) is Outcome.WRONG_CODE


def test_a_card_without_a_pin_set_is_refused(product: Product) -> None:
    """Also with an empty PIN: no secret never matches."""
    product.add_user("alice")
    product.core.card_register.add(product.operator("alice"), product.tenant, CARD, "badge")
    assert verified(product, CARD, "") is Outcome.WRONG_CODE


def test_somebody_elses_card_is_wrong(alice: Product) -> None:
    """Even with the own PIN."""
    alice.add_user("bob")
    alice.core.pin_desk.set_pin(alice.operator("bob"), alice.tenant, "9751")
    assert verified(alice, CARD, "9751", "bob") is Outcome.WRONG_CODE
    assert verified(alice, CARD, PIN, "nobody") is Outcome.UNKNOWN_USER


def test_three_wrong_pins_block_the_pin_until_an_operator_unblocks_it(alice: Product) -> None:
    """The vendor's rule."""
    assert [verified(alice, CARD, "0000") for _ in range(3)] == [Outcome.WRONG_CODE] * 3
    assert verified(alice, CARD, PIN) is Outcome.BLOCKED
    alice.core.pin_desk.unblock(alice.operator("alice"), alice.tenant)
    assert verified(alice, CARD, PIN) is Outcome.ACCEPTED


def test_wrong_pins_without_the_right_card_block_no_pin(alice: Product) -> None:
    """Nobody without the card can block the PIN; the lockout counts all the same."""
    assert [verified(alice, "FFFF", "0000") for _ in range(4)] == [Outcome.WRONG_CODE] * 4
    assert verified(alice, CARD, PIN) is Outcome.ACCEPTED


def test_a_disabled_card_blocks_no_pin(alice: Product) -> None:
    """Whoever found a lost card cannot block its owner's PIN on the next one."""
    register = alice.core.card_register
    register.set_enabled(alice.operator(), alice.tenant, card_id(alice), enabled=False)
    assert [verified(alice, CARD, pin) for pin in ("0000", "0000", "0000", PIN)] == [Outcome.DEVICE_DISABLED] * 4
    register.set_enabled(alice.operator(), alice.tenant, card_id(alice), enabled=True)
    assert verified(alice, CARD, PIN) is Outcome.ACCEPTED


def test_the_right_pin_forgives_the_wrong_ones_before(alice: Product) -> None:
    """Two, then the right one, then two again: no block."""
    attempts = ["0000", "0000", PIN] * 2
    assert [verified(alice, CARD, pin) for pin in attempts][2::3] == [Outcome.ACCEPTED] * 2


def test_a_new_pin_is_not_blocked(alice: Product) -> None:
    """The operator who sets it need not unblock it."""
    for _ in range(3):
        verified(alice, CARD, "0000")
    alice.core.pin_desk.set_pin(alice.operator("alice"), alice.tenant, "1379")
    assert verified(alice, CARD, "1379") is Outcome.ACCEPTED


def test_a_disabled_user_is_refused(alice: Product) -> None:
    """Whatever the card says."""
    alice.core.user_register.set_enabled(alice.operator("alice"), alice.tenant, enabled=False)
    assert verified(alice, CARD, PIN) is Outcome.DISABLED


def test_a_card_that_is_disabled_meanwhile_is_refused(alice: Product) -> None:
    """The step that accepts looks again."""

    def disable() -> None:
        alice.core.card_register.set_enabled(alice.operator(), alice.tenant, card_id(alice), enabled=False)

    assert not interrupted(alice, disable).accepted


def test_a_right_guess_behind_the_locking_failure_is_refused(alice: Product) -> None:
    """Ten wrong ones meanwhile."""

    def guess() -> None:
        for _ in range(10):
            verified(alice, "FFFF", "0000")

    assert interrupted(alice, guess).outcome is Outcome.LOCKED


@pytest.mark.parametrize(("wrong", "accepted"), [(2, True), (3, False)])
def test_a_right_pin_behind_the_blocking_one_is_refused(alice: Product, wrong: int, accepted: bool) -> None:
    """With many guesses at once, whoever found a card has three PINs and no more."""

    def guess() -> None:
        for _ in range(wrong):
            verified(alice, CARD, "0000")

    assert interrupted(alice, guess).accepted is accepted


def interrupted(product: Product, between: object) -> Decision:
    """Return what becomes of a right card and PIN when somebody else does something meanwhile."""
    verifier = product.core.cards
    database = InterruptedDatabase(verifier.user_factors.database, between)  # type: ignore[arg-type]
    verifier = replace(verifier, user_factors=replace(verifier.user_factors, database=database))
    return verifier.verify(product.call("alice"), CARD, PIN)


def test_a_deleted_card_is_unknown(alice: Product) -> None:
    """And may be enrolled for somebody else."""
    alice.core.card_register.delete(alice.operator(), alice.tenant, card_id(alice))
    assert verified(alice, CARD, PIN) is Outcome.WRONG_CODE
    alice.add_user("bob")
    alice.core.card_register.add(alice.operator("bob"), alice.tenant, CARD, "")
    assert [str(card.user) for card in alice.core.card_register.listing(alice.tenant)] == ["bob"]


def test_a_card_is_enrolled_once_in_a_tenant(alice: Product) -> None:
    """However it is spelled; another tenant may have it too."""
    alice.add_user("bob")
    with pytest.raises(ConflictError):
        alice.core.card_register.add(alice.operator("bob"), alice.tenant, "04a2b3c4", "")
    other = alice.of_tenant("other")
    other.add_user("alice")
    other.core.card_register.add(other.operator("alice"), other.tenant, CARD, "")
    assert len(other.core.card_register.listing(other.tenant)) == 1


@pytest.mark.parametrize("card", ["", "A" * (LONGEST_CARD + 1), "\0"])
def test_a_bad_card_is_not_enrolled(product: Product, card: str) -> None:
    """Missing, too long, or what no database holds."""
    product.add_user("alice")
    with pytest.raises(MalformedRequestError, match="cardInformation"):
        product.core.card_register.add(product.operator("alice"), product.tenant, card, "")


def test_what_does_not_exist_is_not_found(product: Product) -> None:
    """Cards, and users to give them to."""
    register, call, tenant = product.core.card_register, product.operator("nobody"), product.tenant
    with pytest.raises(NotFoundError):
        register.add(call, tenant, CARD, "")
    with pytest.raises(NotFoundError):
        register.set_enabled(call, tenant, 17, enabled=False)
    with pytest.raises(NotFoundError):
        register.delete(call, tenant, 17)


def test_every_act_on_cards_is_audited(alice: Product) -> None:
    """With the card's label or number, never its identifier."""
    register, number = alice.core.card_register, card_id(alice)
    register.set_enabled(alice.operator(), alice.tenant, number, enabled=False)
    register.set_enabled(alice.operator(), alice.tenant, number, enabled=True)
    register.delete(alice.operator(), alice.tenant, number)
    events = [(event["event"], event["device"]) for event in alice.audit() if event["event"].startswith("card:")]
    assert events == [
        ("card:add", "blue badge"),
        ("card:disable", str(number)),
        ("card:enable", str(number)),
        ("card:delete", str(number)),
    ]
