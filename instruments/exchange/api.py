"""API of imports: preview, look, confirm, undo."""

from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router, Status
from ninja.conf import settings as ninja_settings
from ninja.files import UploadedFile
from ninja.pagination import PaginationBase

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from core.errors import Invalid
from instruments.exchange.commands import confirm_import, preview_import, undo_import
from instruments.exchange.errors import FileTooLarge
from instruments.exchange.models import ImportRun
from instruments.exchange.reading.tables import MOST_BYTES
from instruments.exchange.schemas import ConfirmIn, ImportIn, ImportOut, ImportPageOut, RowsIn
from instruments.exchange.selectors import access_import, rows_of

router = Router(tags=["imports"])


@router.post("imports", response={201: ImportOut})
def create_import(request: ViewerRequest, asked: Form[ImportIn], file: File[UploadedFile]) -> Status[ImportRun]:
    """Preview a catalogue file (CSV or workbook, multipart): a verdict for each row, nothing is changed yet."""
    require_scope(request.auth, Scope.MANAGE)
    if unknown := request.POST.keys() - ImportIn.model_fields.keys():
        raise Invalid(_("There is no field %(names)s.") % {"names": ", ".join(sorted(unknown))})
    if (file.size or 0) > MOST_BYTES:
        raise FileTooLarge(_("At most %(most)d MB fit into one import.") % {"most": MOST_BYTES >> 20})
    run = preview_import(
        viewer=request.auth,
        institution_id=asked.institution,
        file_name=file.name or "",
        content=file.read(),
        format_code=asked.format,
        source=asked.source,
    )
    return Status(201, run)


@router.get("imports/{int:import_id}", response=ImportPageOut)
def get_import(request: ViewerRequest, import_id: int, asked: Query[RowsIn]) -> dict[str, Any]:
    """One import with a page of its rows, in the order of the file; verdict picks some of them."""
    run = access_import(request.auth, import_id)
    paging: PaginationBase = import_string(ninja_settings.PAGINATION_CLASS)()
    rows = paging.paginate_queryset(rows_of(run, asked.verdict), pagination=asked, request=request)
    return {**{name: getattr(run, name) for name in _RUN}, "rows": rows}


_RUN = [field.alias or name for name, field in ImportOut.model_fields.items()]


@router.post("imports/{int:import_id}/confirm", response=ImportOut)
def confirm(request: ViewerRequest, import_id: int, body: ConfirmIn | None = None) -> ImportRun:
    """Apply all rows or none. 409 when rows are rejected or the catalogue changed since the preview."""
    require_scope(request.auth, Scope.MANAGE)
    wish = body or ConfirmIn()
    return confirm_import(
        viewer=request.auth, import_id=import_id, publish=wish.publish, skip_rejected=wish.skip_rejected
    )


@router.post("imports/{int:import_id}/undo", response=ImportOut)
def undo(request: ViewerRequest, import_id: int) -> ImportRun:
    """Restore what the import changed; 409 when something came after it."""
    require_scope(request.auth, Scope.MANAGE)
    return undo_import(viewer=request.auth, import_id=import_id)
