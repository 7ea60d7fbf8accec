"""What the benches count with: the load, the processes' time, and the statements that are said again."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.bench import c_server
from tests.bench.load import run_round
from tests.bench.pgbench import PgBench, copied, literal
from tests.bench.processes import cpu_seconds
from tests.bench.servers import Server
from tests.bench.statements import Said, heard
from tests.postgresql import PostgresServer, postgres_server
from tests.product import Product, create_product

BURNT_S = 0.3


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
        yield Server(server.server_address[1], pid=os.getpid())
        server.shutdown()
        thread.join()


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
    before = cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert cpu_seconds(os.getpid()) - before > BURNT_S / 2


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


@dataclass(frozen=True)
class _Heard:
    """A product on PostgreSQL with two users, and what one ValidateOTP said there."""

    database: PostgresServer
    product: Product
    find: Said
    spend: Said


@pytest.fixture(scope="module")
def listened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Heard]:
    """What ValidateOTP says."""
    with postgres_server() as database:
        product = create_product(tmp_path_factory.mktemp("product"), database_url=database.new_database())
        for number in range(2):
            product.add_user(f"user{number}")
            product.add_device(f"user{number}", f"T{number}")
        said = heard(product)
        product.installation.database.close()
        yield _Heard(database, product, *said)


def test_pgbench_can_say_what_the_product_says(listened: _Heard, tmp_path: Path) -> None:
    """The script that is made of what ValidateOTP says to PostgreSQL spends a code with every call."""
    copy = copied(listened.database, listened.product.settings.database_url)
    bench = PgBench(listened.database, copy, tmp_path, listened.find, listened.spend)
    assert bench.run(users=2, requests=20, connections=2).requests == 20


def test_the_c_server_speaks_of_what_the_product_speaks_of(listened: _Heard) -> None:
    """Every parameter that the C++ server fills in, and every column that it reads, is one of the product's."""
    source = (Path(c_server.__file__).parent / "server.cpp").read_text("utf-8")
    filled = set(re.findall(r'values\["(\w+)"\]', source))
    read = set(re.findall(r'"((?:tenants|api_keys|users|devices)\.\w+)"', source))
    assert filled
    assert filled <= {*listened.find.names, *listened.spend.names}
    assert read
    assert read <= set(listened.find.columns)
