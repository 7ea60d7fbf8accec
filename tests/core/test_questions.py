"""Security questions."""

import pytest

from tests.product import Product
from validate_service.core.errors import MalformedRequestError, NotFoundError
from validate_service.core.outcomes import Outcome
from validate_service.core.questions import DECOYS, MOST_QUESTIONS

PAIRS = [("First pet?", "Fluffy"), ("Town?", "Straßburg"), ("School?", "St. John"), ("Car?", "2 CV")]
TEXTS, ANSWERS = [text for text, _ in PAIRS], [answer for _, answer in PAIRS]


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has four questions."""
    product.add_user("alice")
    product.core.question_register.replace(product.operator("alice"), product.tenant, PAIRS)
    return product


def verified(product: Product, questions: list[str | None], answers: list[str | None], user: str = "alice") -> Outcome:
    """Return what becomes of one attempt."""
    return product.core.questions.verify(product.call(user), questions, answers).outcome


def test_as_many_right_answers_as_required_are_enough(alice: Product) -> None:
    """Three of four by default, in any order and spelling."""
    assert verified(alice, ["CAR?", " town? ", "First  pet?"], ["2  cv", "STRASSBURG", "fluffy"]) is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("questions", "answers"),
    [
        ([], []),
        (TEXTS[:2], ANSWERS[:2]),
        ([TEXTS[0]] * 3, [ANSWERS[0]] * 3),
        (TEXTS, [*ANSWERS[:3], "wrong"]),
        ([*TEXTS[:3], "Unknown?"], [*ANSWERS[:3], ""]),
        (TEXTS[:3], [ANSWERS[1], ANSWERS[0], ANSWERS[2]]),
        ([*TEXTS[:2], None], [*ANSWERS[:2], None]),
        (TEXTS[:3], [*ANSWERS[:2], "\ud800"]),
    ],
    ids=["none", "too few", "one three times", "one wrong", "one unknown", "swapped", "missing", "no text"],
)
def test_anything_else_is_wrong(alice: Product, questions: list[str | None], answers: list[str | None]) -> None:
    """Every listed question counts."""
    assert verified(alice, questions, answers) is Outcome.WRONG_CODE


def test_who_has_fewer_questions_must_answer_them_all(product: Product) -> None:
    """Two, where three are required."""
    product.add_user("alice")
    product.core.question_register.replace(product.operator("alice"), product.tenant, PAIRS[:2])
    assert verified(product, [TEXTS[0]], [ANSWERS[0]]) is Outcome.WRONG_CODE
    assert verified(product, [*TEXTS[:2]], [*ANSWERS[:2]]) is Outcome.ACCEPTED


def test_who_has_no_questions_cannot_answer_any(product: Product) -> None:
    """Decoys have no answers."""
    product.add_user("alice")
    shown: list[str | None] = [*product.core.questions.listing(product.call("alice"))]
    assert verified(product, shown, ["" for _ in shown]) is Outcome.NOT_ENROLLED
    assert verified(product, [], []) is Outcome.NOT_ENROLLED
    assert verified(product, ["Pet?"], ["x"], "nobody") is Outcome.UNKNOWN_USER


def test_a_disabled_user_is_refused(alice: Product) -> None:
    """Also with right answers."""
    alice.core.user_register.set_enabled(alice.operator("alice"), alice.tenant, enabled=False)
    assert verified(alice, [*TEXTS[:3]], [*ANSWERS[:3]]) is Outcome.DISABLED


def test_each_question_needs_its_answer(alice: Product) -> None:
    """And nobody may make us hash for ever."""
    with pytest.raises(MalformedRequestError, match="same number"):
        verified(alice, [*TEXTS], [])
    with pytest.raises(MalformedRequestError, match="At most 10"):
        verified(alice, ["?"] * (MOST_QUESTIONS + 1), ["!"] * (MOST_QUESTIONS + 1))


def test_questions_are_listed_in_the_order_of_enrolment(alice: Product) -> None:
    """Callers show them as they come."""
    assert alice.core.questions.listing(alice.call("ALICE")) == TEXTS
    assert alice.last_event()["reason"] == "done"
    assert alice.core.question_register.listing(alice.operator("alice"), alice.tenant) == TEXTS


def test_decoys_are_stable_and_differ_between_users(product: Product) -> None:
    """Nobody learns who has questions by asking twice, or by asking for many users."""
    listing = product.core.questions.listing
    shown = {user: listing(product.call(user)) for user in map(str, range(20))}
    assert all(listing(product.call(user)) == texts for user, texts in shown.items())
    assert all(len(texts) == 3 and set(texts) <= set(DECOYS) for texts in shown.values())
    assert len({tuple(texts) for texts in shown.values()}) > 10
    assert listing(product.call("CORP\\A")) == listing(product.call("a@corp"))


def test_a_user_without_questions_is_shown_what_an_unknown_one_is_shown(product: Product) -> None:
    """The same before and after enrolment; only the audit trail tells them apart."""
    before = product.core.questions.listing(product.call("alice"))
    product.add_user("alice")
    assert product.core.questions.listing(product.call("alice")) == before
    reasons = [event["reason"] for event in product.audit(event="questions:list")]
    assert reasons == ["unknown_user", "not_enrolled"]


def test_other_tenants_show_other_decoys(product: Product) -> None:
    """Two callers who compare notes learn nothing either."""
    other = product.of_tenant("other")
    users = [str(number) for number in range(9)]
    assert [product.core.questions.listing(product.call(user)) for user in users] != [
        other.core.questions.listing(other.call(user)) for user in users
    ]


def test_questions_are_replaced_as_a_whole(alice: Product) -> None:
    """An empty list removes them all."""
    register, call, tenant = alice.core.question_register, alice.operator("alice"), alice.tenant
    register.replace(call, tenant, [(" New? ", "x")])
    assert register.listing(call, tenant) == ["New?"]
    register.replace(call, tenant, [])
    assert register.listing(call, tenant) == []


@pytest.mark.parametrize(
    ("pairs", "rule"),
    [
        ([("?", "!")] * 11, "at most 10"),
        ([("Pet?", "a"), (" PET? ", "b")], "are the same"),
        ([(" ", "a")], "question is missing"),
        ([("x" * 257, "a")], "question is longer"),
        ([("Pet?", " \t")], "answer is missing"),
        ([("Pet?", "x" * 257)], "answer is longer"),
        ([("Pet?", "x\0")], "answer holds"),
    ],
)
def test_bad_questions_are_refused(product: Product, pairs: list[tuple[str, str]], rule: str) -> None:
    """By the rule that they break."""
    product.add_user("alice")
    with pytest.raises(MalformedRequestError, match=rule):
        product.core.question_register.replace(product.operator("alice"), product.tenant, pairs)


def test_an_unknown_user_has_no_questions(product: Product) -> None:
    """Operators are told so."""
    with pytest.raises(NotFoundError):
        product.core.question_register.listing(product.operator("nobody"), product.tenant)
