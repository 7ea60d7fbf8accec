"""A C++ server behind the product's WSDL that makes the same transaction: built here, and run as one more node.

gSOAP makes the messages from the published WSDL.  The statements are those that the product was heard saying, and its
rows of the audit trail continue the product's: ``audit verify`` finds nothing wrong with them.  What gSOAP generates is
under the GPL, and is made anew wherever it is wanted.
"""

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from tests.bench.servers import Server, running
from tests.bench.statements import Said
from tests.postgresql import PostgresServer
from tests.product import Product, free_port
from validate_service.storage.audit_lanes import CONTENT

_FOLDER = Path(__file__).parent
_BUILD = _FOLDER / "build"
_WSDL = _FOLDER.parents[2] / "wsdl" / "ValidateService.wsdl"
_GENERATED = ("soapC.cpp", "soapValidateServiceSoapService.cpp")
_COMPILE = (
    "g++",
    "-std=c++17",
    "-O2",
    "-DWITH_DEFAULT_VIRTUAL",
    "-isystem",
    ".",
    "-isystem",
    "/usr/include/postgresql",
)
_LIBRARIES = ("-lgsoap++", "-lpq", "-lcrypto", "-pthread")


@contextmanager
def c_server(product: Product, database: PostgresServer, find: Said, spend: Said) -> Iterator[Server]:
    """Run the server on the database and the audit lanes of *product*.

    Args:
        product: Whose users it verifies.
        database: Where they are.
        find: What the product asks its database for one ValidateOTP.
        spend: What it says to spend the code and record the event.
    """
    port = free_port()
    settings = _settings(product, find, spend) | {"port": str(port)}
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    with running([str(_program())], port, database=database, said=lines) as server:
        yield server


def _settings(product: Product, find: Said, spend: Said) -> dict[str, str]:
    ring, url = product.installation.keys.current(), make_url(product.settings.database_url)
    settings = {
        "database": f"host={url.query['host']} user={url.username} dbname={url.database}",
        "lanes": str(product.settings.data_dir / "audit-lanes"),
        "lookup_key": ring.lookup_key.hex(),
        "audit_key": ring.audit_key.hex(),
        "content": " ".join(f"audit_{name}" for name in CONTENT),
        "bytes": " ".join(name for name, value in (find.values | spend.values).items() if isinstance(value, bytes)),
        "texts": " ".join(name for name, value in spend.values.items() if isinstance(value, str)),
    }
    settings |= {f"sealing_key.{number}": ring.sealing_key(number).hex() for number in ring.keys}
    settings |= {f"column.{name}": str(place) for place, name in enumerate(find.columns) if name}
    settings |= _constants(find.values | spend.values)
    return settings | _statement("find", find) | _statement("spend", spend)


def _constants(values: Mapping[str, object]) -> dict[str, str]:
    """Return what every call says; what it says of itself the server puts in its place."""
    return {f"constant.{name}": str(value) for name, value in values.items() if not isinstance(value, bytes)}


def _statement(name: str, said: Said) -> dict[str, str]:
    return {f"{name}.text": said.text, f"{name}.parameters": " ".join(said.names)}


def _program() -> Path:
    """Return the program, built anew if what it is made of has changed."""
    _BUILD.mkdir(exist_ok=True)
    program, note, made_of = _BUILD / "server", _BUILD / "made-of", _made_of()
    if not note.exists() or note.read_text() != made_of:
        note.unlink(missing_ok=True)
        _run("wsdl2h", "-o", "service.h", str(_WSDL))
        _run("soapcpp2", "-j", "-S", "-2", "-x", "-L", "-w", "service.h")
        _run(*_COMPILE, "-o", program.name, str(_FOLDER / "server.cpp"), *_GENERATED, *_LIBRARIES)
        note.write_text(made_of)
    return program


def _made_of() -> str:
    sources = [_WSDL, *sorted(_FOLDER.glob("*.cpp")), *sorted(_FOLDER.glob("*.h")), Path(__file__)]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=_BUILD, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")
