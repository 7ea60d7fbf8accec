"""What the benches print.  What they find is not tested: it is the machine's."""

import pytest

from tests.bench import goals
from tests.bench.command import BENCHES
from tests.bench.figures import show, spread
from tests.bench.goals import Goal
from tests.bench.limit import tails
from tests.bench.load import Round
from tests.bench.report import Report, rate


@pytest.fixture
def report() -> Report:
    """Ours is twice as fast as theirs in the first round, and four times in the second."""
    report = Report("A comparison", baseline="theirs")
    for seconds, cpu in ((2.0, 0.2), (4.0, 0.4)):
        report.add("theirs", Round(100, seconds, cpu, database_cpu_seconds=cpu))
        report.add("ours", Round(100, 1.0, 0.1, [0.001] * 98 + [0.002, 0.003]))
    return report


def test_contestants_are_compared_round_by_round(report: Report) -> None:
    """A ratio is that of two rounds that were neighbours, so that what disturbed both does not show."""
    assert report.ratios("ours", rate) == [2.0, 4.0]
    assert report.ratios("ours") == [0.25, 0.125]


def test_the_round_that_warms_up_is_not_counted() -> None:
    """Every contestant runs once more than it is asked for, and that first round is thrown away."""
    report = Report("A comparison", baseline="one")
    turns = iter([Round(1, seconds, 0) for seconds in (9, 1, 2)])
    report.run(2, lambda: {"one": next(turns)})
    assert [one.seconds for one in report.rounds["one"]] == [1, 2]


def test_the_cpu_of_the_database_is_shown_apart_and_counted_in_ratios(report: Report) -> None:
    """Work that is moved into the database is not work that was saved."""
    found = report.as_dict()["contestants"]["theirs"]
    assert (found["server_us"]["median"], found["database_us"]["median"]) == (3000, 3000)
    assert report.ratios("theirs", lambda one: one.cpu_us) == [1.0, 1.0]


def test_columns_of_what_nobody_measured_are_left_out(report: Report) -> None:
    """A table has no column without a figure, and an empty cell where one contestant has none."""
    header, _, theirs, ours, *_ = report.as_table().splitlines()[2:]
    assert "p99 ms" in header
    assert "MiB/worker" not in header
    assert "| |" not in header[3:]
    assert theirs.count("|") == ours.count("|") == header.count("|")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        pytest.param([1.0], "1.00", id="one"),
        pytest.param([0.5, 0.25, 2], "0.50 (0.25-2.00)", id="small"),
        pytest.param([10.2, 30.7, 20.4], "20 (10-31)", id="large"),
        pytest.param([1 / 60, 1 / 50], "0.018 (0.017-0.020)", id="tiny"),
        pytest.param([0, 0], "0.00", id="nothing"),
    ],
)
def test_a_figure_is_shown_as_its_median_with_the_range(values: list[float], text: str) -> None:
    """The median stands first, the least and the most behind it, with digits that tell them apart."""
    assert show(spread(values)) == text


@pytest.mark.parametrize("goal", list(Goal), ids=lambda goal: goal.name.lower())
def test_every_goal_names_a_bench_and_is_reached_at_its_limit(goal: Goal) -> None:
    """A goal is measured by a bench that there is; its limit is good enough, and what is beyond it is not."""
    beyond = goal.value.limit * (0.99 if goal.value.is_least else 1.01)
    assert goal.value.of in BENCHES
    assert goal.is_reached_by(goal.value.limit)
    assert not goal.is_reached_by(beyond)


def test_the_table_of_goals_is_whole_whatever_was_measured() -> None:
    """Every goal has a row: what was measured is judged by its median, what was not says how to measure it."""
    rows = goals.judged({Goal.PGBENCH: [0.4, 0.6, 0.7], Goal.COMMITS: [2.0]})
    assert [row["what"] for row in rows] == [goal.value.what for goal in Goal]
    assert {row["what"]: row["reached"] for row in rows if row["measured"]} == {
        Goal.PGBENCH.value.what: True,
        Goal.COMMITS.value.what: False,
    }
    assert goals.as_table({}).count("not measured: python -m tests.bench ") == len(Goal)


def test_a_tail_is_compared_with_the_middle_of_its_own_round(report: Report) -> None:
    """p99 over p50 is taken within one round."""
    assert tails(report.rounds["ours"]) == [3.0, 3.0]
