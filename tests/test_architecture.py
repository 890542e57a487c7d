"""The house keeps its manners: sizes, names, registries, docstrings, no third parties."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import pytest

from booking.reservations.rules.registry import all_rules
from booking.utilisation.metrics.registry import all_metrics
from instruments.exchange.formats import formats

CHECKOUT = Path(__file__).resolve().parent.parent
FLOORS = ("core", "accounts", "instruments", "booking", "notifications", "frontend", "config")
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_TEST = 60, 400, 25

ROOMS = (
    "accounts",
    "instruments/catalogue",
    "instruments/qualifications",
    "instruments/upkeep",
    "instruments/exchange",
    "booking/calendars",
    "booking/pricing",
    "booking/conduct",
    "booking/intake",
    "booking/reservations",
    "booking/discovery",
    "booking/utilisation",
    "notifications/live",
)
_NAMES = """
    __init__ apps models querysets selectors rules metrics commands events errors tasks subscribers forms schemas
    documents views api admin urls templates migrations management sql facts
"""
USUAL = frozenset(_NAMES.split())
"""What a room may hold: its files have the same names everywhere."""

OWN = {
    "accounts": {"viewers", "regions"},
    "instruments/catalogue": {"details", "identity", "search", "synonyms"},
    "instruments/exchange": {
        "applying",
        "cleaning",
        "formats",
        "listing",
        "notes",
        "progress",
        "reading",
        "rows",
        "verdicts",
    },
    "booking/calendars": {"functions", "holiday_tables", "patterns", "recurrence"},
    "booking/pricing": {"quotes"},
    "booking/intake": {"answers", "questions"},
    "booking/discovery": {"functions"},
    "booking/reservations": {"policy_values", "process_settings", "states", "waitlist_states"},
    "notifications/live": {"broadcast", "consumers", "hub", "layer", "routing"},
}
"""What only one room holds, because it is what the room is about. A further name is a decision."""

FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "data", "misc", "manager", "managers"})


@dataclass(frozen=True)
class Function:
    """A function or method with the file it stands in."""

    where: str
    name: str
    lines: int
    has_docstring: bool


@cache
def product_files() -> tuple[Path, ...]:
    found = [path for floor in FLOORS for path in (CHECKOUT / floor).rglob("*.py")]
    return tuple(path for path in found if "migrations" not in path.parts and "node_modules" not in path.parts)


@cache
def files_of_tests() -> tuple[Path, ...]:
    return tuple((CHECKOUT / "tests").rglob("*.py"))


def functions_of(path: Path) -> Iterator[Function]:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(named(path), node.name, lines, ast.get_docstring(node) is not None)


def named(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def length(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_functions__none__over_60_lines(capsys: pytest.CaptureFixture[str]) -> None:
    functions = [each for path in product_files() for each in functions_of(path)]
    sizes = [each.lines for each in functions]
    with capsys.disabled():
        ninth = quantiles(sizes, n=10)[-1]
        sys.stdout.write(
            f"\n  {len(sizes)} functions: median {median(sizes):.0f} lines, nine in ten within {ninth:.0f}\n"
        )
    assert [each for each in functions if each.lines > LONGEST_FUNCTION] == []


def test_files__none__over_400_lines(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {named(path): length(path) for path in (*product_files(), *files_of_tests())}
    with capsys.disabled():
        ninth = quantiles(sizes.values(), n=10)[-1]
        sys.stdout.write(
            f"\n  {len(sizes)} files: median {median(sizes.values()):.0f} lines, nine in ten within {ninth:.0f}\n"
        )
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_FILE} == {}


def test_tests__none__over_60_lines(capsys: pytest.CaptureFixture[str]) -> None:
    found = written_tests()
    long = sum(each.lines > LONGEST_TEST for each in found)
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {len(found)} tests: median {median(each.lines for each in found):.0f} lines, {long} over 25\n"
        )
    assert [each for each in found if each.lines > LONGEST_FUNCTION] == []


def test_tests__names__say_more_than_their_subject() -> None:
    """test_<subject>__<condition>__<result>, or in two parts where the one says the other."""
    assert [(each.where, each.name) for each in written_tests() if "__" not in each.name] == []


def written_tests() -> list[Function]:
    found = (each for path in files_of_tests() for each in functions_of(path))
    return [each for each in found if each.name.startswith("test_")]


@pytest.mark.parametrize("room", ROOMS)
def test_room__its_files__have_the_usual_names(room: str) -> None:
    stems = {path.stem for path in (CHECKOUT / room).iterdir() if path.name != "__pycache__"}
    assert stems - USUAL - OWN.get(room, set()) == set()


@pytest.mark.parametrize("wing", ["booking", "instruments", "notifications"])
def test_wing__its_folders__are_rooms(wing: str) -> None:
    folders = {named(path.parent) for path in (CHECKOUT / wing).glob("*/__init__.py")}
    assert folders == {room for room in ROOMS if room.startswith(wing)}


def test_names__of_files_and_folders__none_that_say_nothing() -> None:
    stems = {part.removesuffix(".py") for path in product_files() for part in path.relative_to(CHECKOUT).parts}
    assert stems & FORBIDDEN_NAMES == set()


def modules(folder: str) -> set[str]:
    """The files of a registry's folder, without the registry itself and what its files share."""
    own = {"__init__", "registry", "base", "counting"}
    return {path.stem for path in (CHECKOUT / folder).glob("*.py")} - own


def test_rules__every_file__registers_and_every_rule_is_documented() -> None:
    registered = {rule.check.__module__.rpartition(".")[2] for rule in all_rules().values()}
    assert modules("booking/reservations/rules") == registered
    documented = (CHECKOUT / "docs" / "rules.md").read_text("utf-8")
    assert [code for code in all_rules() if f"`{code}`" not in documented] == []
    assert all(rule.check.__doc__ for rule in all_rules().values())


def test_metrics__every_one__is_documented() -> None:
    documented = (CHECKOUT / "docs" / "metrics.md").read_text("utf-8")
    assert len(all_metrics()) >= len(modules("booking/utilisation/metrics"))
    assert [code for code in all_metrics() if f"`{code}`" not in documented] == []


def test_formats__every_file__registers_and_is_documented() -> None:
    registered = {type(each).__module__.rpartition(".")[2] for each in formats()}
    assert modules("instruments/exchange/formats") == registered
    assert all(each.__doc__ for each in formats())


def public_functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


@pytest.mark.parametrize("room", ROOMS)
def test_commands__every_public_function__has_a_docstring(room: str) -> None:
    files = (CHECKOUT / room / "commands").glob("*.py")
    lacking = [(path.stem, each.name) for path in files for each in public_functions(path) if not docstring(each)]
    assert lacking == []


@pytest.mark.parametrize("room", ROOMS)
def test_commands__every_file__holds_the_verb_it_is_named_after(room: str) -> None:
    begun = {
        "__init__",
        "announcing",
        "editing",
        "filling",
        "locking",
        "moving",
        "needing",
        "occurrences",
        "refusing",
        "replanning",
    }
    shared = begun | {"policy_writing", "several", "writing"}
    files = [path for path in (CHECKOUT / room / "commands").glob("*.py") if path.stem not in shared]
    assert [path.stem for path in files if path.stem not in {each.name for each in public_functions(path)}] == []


def docstring(node: ast.FunctionDef) -> str | None:
    return ast.get_docstring(node)


HARMLESS = re.compile(r"www\.w3\.org|\.example\b|localhost|127\.0\.0\.1|github\.com/[^\"' ]*$")
ELSEWHERE = re.compile(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)


def sources() -> Iterator[Path]:
    """What a browser is given: templates and the front end's sources."""
    for folder in (CHECKOUT / "frontend" / "templates", CHECKOUT / "frontend" / "src"):
        for suffix in ("html", "ts", "css", "svg"):
            yield from folder.rglob(f"*.{suffix}")


def test_pages__sources__fetch_nothing_from_third_parties() -> None:
    found = [
        (named(path), address)
        for path in sources()
        for line in path.read_text("utf-8").splitlines()
        for address in ELSEWHERE.findall(line)
        if not HARMLESS.search(line)
    ]
    assert found == []
