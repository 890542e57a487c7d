"""Publish a text that people have to sign before they book."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.conduct.errors import AgreementInvalid
from booking.conduct.events import AgreementPublished
from booking.conduct.models import Agreement
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting

LONGEST_TEXT = 20_000


@transaction.atomic
def publish_agreement(
    *, viewer: Viewer, institution_id: int, instrument_id: int | None = None, text_zh: str = "", text_en: str = ""
) -> Agreement:
    """Let a text hold from now on; it replaces the one before and everybody has to sign it anew.

    instrument_id: one of the institution's instruments, whose text is signed besides the institution's own.
    Raises: Forbidden, AgreementInvalid. Emits: AgreementPublished.
    """
    if not viewer.manages(institution_id):
        raise Forbidden
    texts = text_zh.strip(), text_en.strip()
    if not any(texts) or max(map(len, texts)) > LONGEST_TEXT:
        raise AgreementInvalid
    with acting(actor_id=viewer.user_id, command="publish_agreement"):
        version = _replace(institution_id, instrument_id) + 1
        agreement = Agreement.objects.create(
            institution_id=institution_id,
            instrument_id=instrument_id,
            version=version,
            text_zh=texts[0],
            text_en=texts[1],
            published_by_id=viewer.person_id,
        )
        publish(AgreementPublished(agreement.pk, institution_id, instrument_id))
    return agreement


def _replace(institution_id: int, instrument_id: int | None) -> int:
    """The version so far; one institution's texts are published one after the other."""
    Institution.objects.select_for_update(no_key=True).values_list("pk").get(pk=institution_id)
    which: dict[str, Any] = {"institution_id": institution_id, "instrument_id": instrument_id}
    same = Agreement.objects.filter(**which)
    same.filter(replaced_at__isnull=True).update(replaced_at=clock.now())
    return same.aggregate(newest=Max("version"))["newest"] or 0
