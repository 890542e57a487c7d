"""Who may add up which facts."""

from django.db.models import Q, QuerySet

from accounts.models import Role
from accounts.viewers import Viewer
from booking.utilisation.models import DailyFact
from core.errors import Forbidden, NotSignedIn
from instruments.catalogue.models import InstrumentStatus

_STAFF = (Role.MANAGER, Role.ADMIN)


def access_facts(viewer: Viewer) -> QuerySet[DailyFact]:
    """The facts a viewer may add up, drafts apart. Raises NotSignedIn, Forbidden.

    Platform administrators and province reviewers: all. Region reviewers: their divisions'. Managers and
    administrators of institutions: their institutions'.
    """
    if viewer.is_anonymous:
        raise NotSignedIn
    if not may_see_utilisation(viewer):
        raise Forbidden
    facts = DailyFact.objects.exclude(instrument__status=InstrumentStatus.DRAFT)
    if viewer.is_platform_admin or "" in viewer.reviewed_regions:
        return facts
    seen = Q(instrument__institution_id__in=viewer.institutions_as(*_STAFF))
    for code in viewer.reviewed_regions:
        seen |= Q(instrument__institution__region__startswith=_significant(code))
    return facts.filter(seen)


def may_see_utilisation(viewer: Viewer) -> bool:
    """Whether there is any utilisation this viewer may see."""
    return viewer.is_platform_admin or viewer.is_reviewer or bool(viewer.institutions_as(*_STAFF))


def _significant(code: str) -> str:
    """The part of a division code that all divisions inside it share: 330600 → 3306, 330000 → 33."""
    while code.endswith("00"):
        code = code[:-2]
    return code
