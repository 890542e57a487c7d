"""An import as lines of text: one per row, what holds for all rows only once, the totals at the end."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from instruments.exchange.models import ImportRow, ImportRun, Verdict
from instruments.exchange.notes import sentence


def listing(rows: Sequence[ImportRow]) -> Iterator[str]:
    """Row number, verdict, name and remarks; remarks that all rows share stand in the summary."""
    shared = _shared(rows)
    names = {value: str(label) for value, label in Verdict.choices}
    widest = max(map(len, names.values()))
    for row in rows:
        own = [sentence(note) for note in row.notes if note["code"] not in shared]
        changes = [f"{field}: {now!r} → {then!r}" for field, (now, then) in row.changes.items()]
        number = str(row.number or "–").rjust(6)
        verdict = names[row.verdict].ljust(widest)
        yield f"{number}  {verdict}  {row.name[:44].ljust(44)}  {' '.join([*own, *changes])}".rstrip()


def summary(run: ImportRun, rows: Sequence[ImportRow]) -> Iterator[str]:
    """How the file was read, what holds for every row, how often each remark, rows per verdict."""
    yield ""
    yield from _reading(run.reading)
    shared = _shared(rows)
    for note in shared.values():
        yield _("Every row, such as the first: %(remark)s") % {"remark": sentence(note)}
    remarks = Counter(note["code"] for row in rows for note in row.notes if note["code"] not in shared)
    for code, count in remarks.most_common():
        yield f"{count:6}  {code}"
    verdicts = (f"{run.counts[value]} {label}" for value, label in Verdict.choices)
    yield _("%(rows)d rows: ") % {"rows": len(rows) - run.counts[Verdict.MISSING]} + ", ".join(verdicts)


def _reading(reading: dict[str, Any]) -> Iterator[str]:
    if reading["kind"] == "text":
        yield _("Encoding %(encoding)s, delimiter %(delimiter)r, header in line %(header_line)d.") % reading
    else:
        yield _("Sheet %(sheet)s, header in row %(header_line)d.") % reading
    for fact in reading.get("evidence", ()):
        yield _(
            "Byte %(byte)s (%(count)d times, first in line %(line)d) is %(read)r; "
            "%(runner_up)s would say %(otherwise)r."
        ) % {**fact, "runner_up": reading["runner_up"]}
    if reading["ignored"]:
        yield _("Columns not read: %(names)s.") % {"names": ", ".join(reading["ignored"])}


def _shared(rows: Sequence[ImportRow]) -> dict[str, dict[str, Any]]:
    """The remarks that every row carries, by code, as the first row has them; of one or two rows none."""
    counts = Counter(code for row in rows for code in {note["code"] for note in row.notes})
    first = rows[0].notes if len(rows) > 2 else []
    return {note["code"]: note for note in first if counts[note["code"]] == len(rows)}
