import hashlib
from collections import Counter
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Institution
from accounts.viewers import Viewer
from core.errors import Invalid
from instruments.catalogue.selectors import require_manager
from instruments.exchange.errors import FormatMismatch
from instruments.exchange.formats import Format, format_by_code, formats
from instruments.exchange.models import ImportRow, ImportRun, Verdict
from instruments.exchange.progress import Report, silent
from instruments.exchange.reading import Table, read_table
from instruments.exchange.rows import understood_rows
from instruments.exchange.verdicts import judged, listed, seen_digest

BATCH = 1_000


def preview_import(
    *,
    viewer: Viewer | None,
    institution_id: int,
    file_name: str,
    content: bytes,
    format_code: str = "",
    source: str = "",
    report: Report = silent,
) -> ImportRun:
    """Read a file and say of each row what confirming would do. The catalogue stays as it is.

    viewer: None is the product itself, from the command line. format_code: empty, the format whose headings
    fit best. source: whose list it is, when an institution has several; empty, the format's name. report:
    is told how many rows have been read.
    Raises: NotSignedIn, NotFound, Forbidden, FormatUnknown, FormatMismatch, FileUnreadable, FileTooLarge.
    """
    if viewer:
        require_manager(viewer, institution_id)
    chosen = [format_by_code(format_code)] if format_code else formats()
    table = read_table(content, lambda cells: max(each.fit(cells) for each in chosen))
    format_ = max(chosen, key=lambda each: each.fit(table.header))
    _require_columns(table, format_)
    institution = Institution.objects.get(pk=institution_id)
    rows = understood_rows(table, format_, country=institution.country, report=report)
    run = ImportRun(
        institution=institution,
        format=format_.code,
        source=_source(source) or format_.code,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        reading=table.reading | _columns(table, format_),
        created_by_id=viewer.user_id if viewer else None,
    )
    run.file.name = _kept(content, run.sha256)
    with transaction.atomic():
        instruments = list(listed(run))
        _save(run, judged(run, rows, instruments), seen_digest(instruments))
    return run


def _save(run: ImportRun, rows: list[ImportRow], seen: str) -> None:
    counts = Counter(row.verdict for row in rows)
    run.seen, run.counts = seen, {verdict: counts[verdict] for verdict in Verdict.values}
    run.save(force_insert=True)
    ImportRow.objects.bulk_create(rows, batch_size=BATCH)


def _source(source: str) -> str:
    if len(source) > 40 or not source.isprintable():
        raise Invalid(_("The source's name may have at most 40 characters."))
    return source.strip()


def _require_columns(table: Table, format_: Format) -> None:
    if not table.header:
        looked_for = ", ".join(format_.headings)
        raise FormatMismatch(_("No line is a header. Headings looked for: %(names)s.") % {"names": looked_for})
    if not set(format_.naming) & set(format_.columns(table.header).values()):
        names = _(" or ").join(format_.naming)
        raise FormatMismatch(_("The column %(names)s is needed.") % {"names": names})


def _columns(table: Table, format_: Format) -> dict[str, Any]:
    columns = format_.columns(table.header)
    ignored = [name for at, name in enumerate(table.header) if at not in columns and name.strip()]
    return {"columns": list(columns.values()), "ignored": ignored}


def _kept(content: bytes, sha256: str) -> str:
    """The name of the original in storage, where the same file is kept once."""
    name = f"imports/{sha256[:2]}/{sha256}"
    return name if default_storage.exists(name) else default_storage.save(name, ContentFile(content))
