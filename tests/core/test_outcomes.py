"""Decisions: nobody can take a refusal for an acceptance."""

import pytest

from validate_service.core.outcomes import COUNTED, Decision, Outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_a_decision_has_no_truth_value(outcome: Outcome) -> None:
    """``if decision:`` would be true for every refusal."""
    with pytest.raises(TypeError, match="accepted"):
        bool(Decision(outcome))


def test_only_accepted_is_accepted() -> None:
    """Whatever outcomes are added."""
    assert [outcome for outcome in Outcome if Decision(outcome).accepted] == [Outcome.ACCEPTED]


def test_only_a_wrong_guess_counts() -> None:
    """A double click, an expired code or a denied push is no guess and must lock nobody."""
    assert sorted(COUNTED) == [Outcome.BAD_SIGNATURE, Outcome.WRONG_CODE]
