"""What the benches print, and what they count with.  What they find is not tested: it is the machine's."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.bench import goals
from tests.bench.command import BENCHES
from tests.bench.figures import show, spread
from tests.bench.goals import Goal
from tests.bench.limit import tails
from tests.bench.load import Round, run_round
from tests.bench.pgbench import PgBench, copied, literal
from tests.bench.processes import cpu_seconds
from tests.bench.report import Report, rate
from tests.bench.servers import Server
from tests.bench.statements import Said, heard
from tests.postgresql import postgres_server
from tests.product import create_product

BURNT_S = 0.3


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


class _Handler(BaseHTTPRequestHandler):
    """Answers with the body it got; closes the connection if the body says so."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        if body == b"right, close":
            self.send_header("Connection", "close")
        self.end_headers()
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[Server]:
    """A server in this process."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield Server(server.server_address[1], pid=_own_pid())
        server.shutdown()
        thread.join()


def _own_pid() -> int:
    return int(Path("/proc/self").readlink().name)


def _request(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def test_every_request_is_answered_however_the_answers_come(echo: Server) -> None:
    """The load waits for whole answers, and goes on over a new connection where the server closed one."""
    messages = [_request(b"right" if number % 3 else b"right, close") for number in range(50)]
    measured = run_round(echo, messages, b"right", connections=4)
    assert measured.requests == len(measured.latencies) == 50
    assert measured.load_cpu_seconds > 0


def test_a_wrong_answer_ends_a_round(echo: Server) -> None:
    """A server is not fast for giving wrong answers."""
    with pytest.raises(RuntimeError, match="a wrong answer after 1 right ones"):
        run_round(echo, [_request(b"right"), _request(b"false")], b"right", connections=1)


def test_the_time_of_processes_that_ended_is_counted() -> None:
    """A worker or a connection's process that ended has used what it used."""
    burn = f"import time\nwhile time.process_time() < {BURNT_S}: pass"
    before = cpu_seconds(_own_pid())
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert cpu_seconds(_own_pid()) - before > BURNT_S / 2


def test_each_parameter_is_replaced_by_what_belongs_to_its_name() -> None:
    """A statement is written with other parameters wherever one stands, also behind the ninth."""
    names = tuple("abcdefghijk")
    said = Said("SELECT $1, $11, $1", names, {})
    assert said.written(lambda name: f":{name}") == "SELECT :a, :k, :a"


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        pytest.param(None, "NULL", id="nothing"),
        pytest.param(b"\x01\xff", "'\\x01ff'::bytea", id="bytes"),
        pytest.param(7, "7", id="number"),
        pytest.param("otp:it's\\", "U&'otp\\003ait''s\\\\'", id="text"),
    ],
)
def test_a_value_is_written_so_that_pgbench_takes_nothing_for_a_variable(value: object, sql: str) -> None:
    """pgbench replaces what stands behind a colon, also inside quotes."""
    assert literal(value) == sql


def test_pgbench_can_say_what_the_product_says(tmp_path: Path) -> None:
    """The script that is made of what ValidateOTP says to PostgreSQL spends a code with every call."""
    with postgres_server() as database:
        product = create_product(tmp_path, database_url=database.new_database())
        for number in range(2):
            product.add_user(f"user{number}")
            product.add_device(f"user{number}", f"T{number}")
        find, spend = heard(product)
        product.installation.database.close()
        copy = copied(database, product.settings.database_url)
        measured = PgBench(database, copy, tmp_path, find, spend).run(users=2, requests=20, connections=2)
    assert measured.requests == 20
