"""Remove uploads that no booking names."""

from datetime import timedelta
from typing import Final

from django.core.files.storage import default_storage
from django.db import transaction

from booking.intake.models import AnswerFile
from core import clock

KEPT_FOR: Final = timedelta(days=1)
_MOST: Final = 500


@transaction.atomic
def remove_unused_files() -> int:
    """Remove what was uploaded over a day ago and never used; returns how many. Repeated runs do no harm."""
    unused = AnswerFile.objects.select_for_update(skip_locked=True).filter(
        is_used=False, uploaded_at__lt=clock.now() - KEPT_FOR
    )
    found = list(unused.order_by("uploaded_at")[:_MOST])
    AnswerFile.objects.filter(pk__in=[each.pk for each in found]).delete()
    for each in found:
        transaction.on_commit(lambda name=each.file.name: default_storage.delete(name))  # type: ignore[misc]
    return len(found)
