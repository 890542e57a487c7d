"""manage.py export_states_docs [--check]: write docs/states.md from the table of states."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from booking.reservations.models import Status
from booking.reservations.states import TRANSITIONS, Transition

NAME: Final = "states.md"

_HEAD = """# States of a reservation

Made from `booking/reservations/states.py` by `manage.py export_states_docs`; not edited by hand. Every change of a
reservation is a command of this table. Whatever the table does not name is refused with 409:
`reservation_not_begun` when it is too early, `reservation_running` when it has begun, `hold_lapsed` or
`reservation_ended` when it is over. Owner: the person it is for, or who booked it. Staff: of the instrument's
institution. Clock: the product itself.

"""


class Command(BaseCommand):
    help = "Write the page about the states of reservations to docs/states.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        target = settings.BASE_DIR / "docs" / NAME
        page = states_page()
        if not options["check"]:
            target.write_text(page, "utf-8")
        elif not target.exists() or target.read_text("utf-8") != page:
            raise CommandError(f"docs/{NAME} is out of date: run `manage.py export_states_docs`.")


def states_page() -> str:
    """The drawing, then the table; in English, as all documents."""
    with translation.override("en"):
        drawing = "\n".join(["```mermaid", "stateDiagram-v2", *sorted(set(_arrows())), "```", ""])
        rows = "".join(map(_row, TRANSITIONS.values()))
    return f"{_HEAD}{drawing}\n| command | from | to | by | meaning |\n|---|---|---|---|---|\n{rows}"


def _arrows() -> Iterator[str]:
    """One arrow for all commands that lead from one state to another."""
    labels: dict[tuple[str, str], list[str]] = {}
    for each in TRANSITIONS.values():
        for source in each.sources or ("[*]",):
            for target in {str(each.target or source), *map(str, each.otherwise)}:
                labels.setdefault((str(source), target), []).append(each.command)
    for (source, target), commands in labels.items():
        yield f"    {source} --> {target}: {', '.join(commands)}"
    ends = {str(status) for status in Status} - {str(s) for each in TRANSITIONS.values() for s in each.sources}
    for status in ends:
        yield f"    {status} --> [*]"


def _row(each: Transition) -> str:
    sources = ", ".join(each.sources) or "–"
    by = ", ".join(each.by)
    target = " or ".join([each.target or "as it was", *each.otherwise])
    return f"| `{each.command}` | {sources} | {target} | {by} | {each.meaning} |\n"
