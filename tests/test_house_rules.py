"""House rules that no linter knows, each with its reason."""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

import pytest

import validate_service
from validate_service.cli.operator import EXIT_CODES
from validate_service.core.errors import concrete_errors

PACKAGE = Path(validate_service.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in {"core", "primitives"}]
MIGRATIONS = PACKAGE / "storage" / "migrations"

OUTSIDE_MODULES = {"time", "datetime", "random", "secrets", "os"}
OUTSIDE_FUNCTIONS = {"uuid1", "uuid4", "urandom", "environ", "getenv"}
SECRET_WORDS = {
    *("otp", "otps", "pin", "pins", "answer", "answers", "code", "codes", "mac", "macs", "token", "tokens"),
    *("hash", "digest", "commitment", "signature", "secret", "secrets", "seed", "password"),
}
SECRET_NAMES = {"api_key", "login_key", "account_key", "key"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def place(path: Path, node: ast.AST) -> str:
    """Return where *node* is, for the report of a broken rule."""
    return f"{path.relative_to(PACKAGE.parent)}:{getattr(node, 'lineno', 1)}"


def nodes(paths: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    """Yield every node of every module in *paths*."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield path, node


def imported(node: ast.AST) -> set[str]:
    """Return the names of the top-level modules that *node* imports."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level:
        return {(node.module or "").partition(".")[0]}
    return set()


def last_name(node: ast.AST) -> str:
    """Return the last name of an expression such as ``approval.match_number``; empty if it is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_secret(node: ast.AST) -> bool:
    """Tell whether *node* is called like something that nobody may learn."""
    name = last_name(node).lower()
    return name in SECRET_NAMES or bool(SECRET_WORDS & set(name.split("_")))


def test_core_and_primitives_take_time_and_randomness_from_outside() -> None:
    """Reason: what reads a clock, random bytes or the environment itself cannot be tested or replayed."""
    broken = [
        place(path, node)
        for path, node in nodes(PURE)
        if imported(node) & OUTSIDE_MODULES
        or last_name(node) in OUTSIDE_FUNCTIONS
        or (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & OUTSIDE_FUNCTIONS)
    ]
    assert broken == []


def test_soap_faults_are_known_in_the_two_soap_facades_only() -> None:
    """Reason: the core serves other surfaces, too; one table turns its errors into faults."""
    soap = {PACKAGE / "facades" / "soap", PACKAGE / "facades" / "wcf"}
    broken = [
        place(path, node)
        for path, node in nodes([path for path in MODULES if soap.isdisjoint(path.parents)])
        if last_name(node) in {"Fault", "SoapFault"} or "spyne" in imported(node)
    ]
    assert broken == []


def test_secrets_are_compared_in_constant_time() -> None:
    """Reason: ``==`` tells by its time how much of a guess is right; ``hmac.compare_digest`` does not."""
    broken = [
        place(path, node)
        for path, node in nodes(PURE)
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        and any(is_secret(side) for side in (node.left, *node.comparators))
    ]
    assert broken == []


def test_modules_are_named_after_what_they_hold() -> None:
    """Reason: what is called utils ends up holding everything."""
    root = PACKAGE.parent
    named = [path.relative_to(root) for path in (*MODULES, *(root / "tests").rglob("*.py"))]
    assert [str(path) for path in named if {path.stem, *path.parts} & VAGUE_NAMES] == []


def test_nothing_prints() -> None:
    """Reason: a server's output is its log, and a command's goes through click, which knows terminals."""
    assert [place(path, node) for path, node in nodes(MODULES) if last_name(node) in {"print", "pprint"}] == []


def test_nothing_asserts() -> None:
    """Reason: ``python -O`` takes assertions out, and with them every check that they were."""
    assert [place(path, node) for path, node in nodes(MODULES) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if MIGRATIONS not in path.parents],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_everything_public_says_what_it_does(path: Path) -> None:
    """Reason: the docstring is the contract that tests and callers are written against."""
    module = ast.parse(path.read_text("utf-8"))
    public = [module, *public_definitions(module)]
    assert [place(path, node) for node in public if not ast.get_docstring(node)] == []


def public_definitions(
    scope: ast.Module | ast.ClassDef,
) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the public classes, functions and methods of *scope*."""
    for node in scope.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node)


def test_every_error_has_a_stable_code_of_its_own() -> None:
    """Reason: logs, alerts and the audit trail tell errors apart by it."""
    errors = concrete_errors()
    assert all("code" in vars(error) for error in errors)
    assert len({error.code for error in errors}) == len(errors)


def test_every_error_has_an_exit_code() -> None:
    """Reason: a command that ends in an error must not end in a traceback."""
    assert set(EXIT_CODES) == concrete_errors()
    assert 0 not in EXIT_CODES.values()


def test_every_file_of_the_package_is_shipped() -> None:
    """Reason: a checkout has what an ordinary install may lack; only modules are shipped without being named."""
    named = configparser.ConfigParser()
    named.read(PACKAGE.parent / "setup.cfg")
    patterns = named["options.package_data"]["validate_service"].split(", ")
    others = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    assert len(others) > 5
    assert [path for path in others if not any(path.match(f"validate_service/{pattern}") for pattern in patterns)] == []
