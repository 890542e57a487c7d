"""What whoever books is asked: forms, uploads that answer, and the files of a booking."""

from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.intake.commands.keep_file import MOST_BYTES, keep_file, media_type
from booking.intake.commands.set_booking_form import set_booking_form
from booking.intake.errors import AnswerFileTooLarge
from booking.intake.models import AnswerFile
from booking.intake.schemas import AnswerFileOut, FormIn, FormOut, form_document
from booking.intake.selectors import form_in_force, form_version
from booking.reservations.api.versions import expected_version
from booking.reservations.selectors.filled import access_file
from core.errors import Invalid
from core.schemas import StrictSchema
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


class FormAsked(StrictSchema):
    """Which version; none: the one in force."""

    version: int | None = None


class FileIn(StrictSchema):
    """Which instrument's question it answers."""

    instrument: int


@router.get("instruments/{int:instrument_id}/form", response=FormOut)
def get_form(
    request: ViewerRequest, response: HttpResponse, instrument_id: int, asked: Query[FormAsked]
) -> dict[str, Any]:
    """What an instrument asks whoever books it. Version 0 without questions: nothing was ever asked."""
    require_scope(request.auth, Scope.READ)
    instrument = access_instrument(request.auth, instrument_id)
    if asked.version:
        return form_document(instrument.pk, form_version(instrument.pk, asked.version))
    document = form_document(instrument.pk, form_in_force(instrument.pk))
    response["ETag"] = f'"{document["version"]}"'
    return document


@router.put("instruments/{int:instrument_id}/form", response=FormOut)
def put_form(request: ViewerRequest, instrument_id: int, body: FormIn) -> dict[str, Any]:
    """Ask these questions from now on. If-Match: the version that was read, 0 where there was none, else 412."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, instrument_id, "manage")
    form = set_booking_form(
        viewer=request.auth,
        instrument=instrument,
        questions=body.asked(),
        expected_version=expected_version(request),
    )
    return form_document(instrument.pk, form)


@router.post("answer-files", response={201: AnswerFileOut})
def upload_answer(request: ViewerRequest, asked: Form[FileIn], file: File[UploadedFile]) -> Status[AnswerFile]:
    """Upload a file that answers a question; its id is the answer. Without a booking it is kept for a day."""
    require_scope(request.auth, Scope.BOOK)
    if unknown := request.POST.keys() - FileIn.model_fields.keys():
        raise Invalid(_("There is no field %(names)s.") % {"names": ", ".join(sorted(unknown))})
    instrument = access_instrument(request.auth, asked.instrument)
    if (file.size or 0) > MOST_BYTES:
        raise AnswerFileTooLarge(_("At most %(most)d MB fit into one answer.") % {"most": MOST_BYTES >> 20})
    return Status(
        201, keep_file(viewer=request.auth, instrument=instrument, name=file.name or "", content=file.read())
    )


@router.get("reservations/{int:reservation_id}/files/{int:file_id}", response={200: bytes})
def get_file(request: ViewerRequest, reservation_id: int, file_id: int) -> FileResponse:
    """Download a file that answers a booking's form: for who booked, their firm, and the institution's staff."""
    require_scope(request.auth, Scope.READ)
    file = access_file(request.auth, reservation_id, file_id)
    return FileResponse(
        file.file.open("rb"), as_attachment=True, filename=file.name, content_type=media_type(file.name)
    )
