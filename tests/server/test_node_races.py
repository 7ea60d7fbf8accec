"""Many callers at the same moment at two nodes of two processes, on one PostgreSQL: what counts once counts once."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.conftest import Tell
from tests.postgresql import postgres_server
from tests.product import Product, create_product
from tests.server.releases import Release
from tests.server.rounds import LONG
from tests.server.service import Caller, Reply, Together

CALLERS = 50
ROUNDS = 100 if LONG else 10


@dataclass
class Nodes:
    """Two nodes: folders of their own, with the same key ring, and one database."""

    product: Product
    releases: list[Release]
    callers: list[Caller]

    def race(self, call: Callable[[Caller], Reply]) -> Counter[str]:
        """Return how many answers there were of each kind, when all call at once, half of them each node."""
        together = Together(call, self.callers)
        assert together.errors == []
        kinds = ("true" if reply.is_true else "false" if reply.is_false else reply.text for reply in together.results)
        return Counter(kinds)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """The nodes, and connections that stay open from round to round."""
    folder = tmp_path_factory.mktemp("nodes")
    with postgres_server() as server:
        product = create_product(folder / "one", database_url=server.new_database())
        settings = product.settings
        (folder / "two").mkdir()
        shutil.copy(settings.data_dir / "keyring.json", folder / "two")
        releases = [Release(None, data_dir, settings.database_url) for data_dir in (settings.data_dir, folder / "two")]
        with releases[0].serving() as one, releases[1].serving() as two:
            callers = [Caller(url, product.api_key) for _ in range(CALLERS // 2) for url in (one, two)]
            yield Nodes(product, releases, callers)
            for caller in callers:
                caller.close()
        product.installation.database.close()


def assert_once_each_round(tell: Tell, kind: str, counted: list[Counter[str]]) -> None:
    total = dict(sum(counted, Counter[str]()))
    tell(f"{kind} at 2 nodes of 2 processes: {len(counted)} rounds of {CALLERS} equal calls: {total}")
    assert counted == [Counter({"true": 1, "false": CALLERS - 1})] * ROUNDS


def test_of_many_equal_hotp_codes_at_two_nodes_one_is_accepted(tell: Tell, nodes: Nodes) -> None:
    """RFC 4226: a counter is spent once, whichever node is asked."""
    product, counted = nodes.product, []
    user = product.add_user("hotp-racer")
    product.add_device(user, "HOTP-RACE")
    for _ in range(ROUNDS):
        code = product.next_code("HOTP-RACE")
        counted.append(nodes.race(lambda caller, code=code: caller.otp(user, code)))  # type: ignore[misc]
    assert_once_each_round(tell, "HOTP", counted)
    reasons = Counter(event["reason"] for event in product.audit(event="otp:verify", user_name=user))
    assert reasons == {"accepted": ROUNDS, "replayed": ROUNDS * (CALLERS - 1)}


def test_of_many_equal_auth_codes_at_two_nodes_one_is_accepted(tell: Tell, nodes: Nodes) -> None:
    """A code that was sent is good once."""
    product, counted = nodes.product, []
    for number in range(ROUNDS):
        # Each has a pace of their own, at which codes are issued.
        user = product.add_user(f"code-racer-{number}")
        code = product.core.auth_code_desk.issue(product.operator(user), product.tenant, life_s=600)

        def call(caller: Caller, user: str = user, code: str = code) -> Reply:
            return caller.call("ValidateAuthCode", username=user, authCode=code)

        counted.append(nodes.race(call))
    assert_once_each_round(tell, "auth code", counted)


def test_the_trail_of_two_nodes_is_unbroken(nodes: Nodes) -> None:
    """Each node can verify it: however many wrote at once, every event stands in a lane without a gap."""
    for release in nodes.releases:
        # It fails if anything was edited, inserted or deleted.
        (said,) = release.run("audit verify --json")
        assert json.loads(said)["findings"] == []
