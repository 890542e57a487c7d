"""Uploads become part of a booking."""

from collections.abc import Collection
from typing import Any

from accounts.viewers import Viewer
from booking.intake.models import AnswerFile
from booking.intake.selectors import file_document, usable_uploads


def use_files(*, viewer: Viewer, instrument_id: int, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Keep uploads for good, inside the booking's transaction; no statement where none is named.

    Returns those that this person may use, as answers are stored.
    """
    if not ids:
        return {}
    # Locked, so that the removal of unused ones does not come in between.
    found = list(usable_uploads(viewer, instrument_id, ids).select_for_update(no_key=True))
    AnswerFile.objects.filter(pk__in=[each.pk for each in found], is_used=False).update(is_used=True)
    return {each.pk: file_document(each) for each in found}
