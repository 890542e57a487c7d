"""Who may add up which facts."""

from django.db.models import Q, QuerySet

from accounts.models import Institution, Role
from accounts.regions import significant
from accounts.viewers import Viewer
from booking.utilisation.models import DailyFact
from core.errors import Forbidden, NotFound, NotSignedIn
from instruments.catalogue.models import Instrument, InstrumentStatus

_STAFF = (Role.MANAGER, Role.ADMIN)


def access_facts(viewer: Viewer) -> QuerySet[DailyFact]:
    """The facts a viewer may add up, drafts apart. Raises NotSignedIn, Forbidden.

    Platform administrators and province reviewers: all. Region reviewers: their divisions'. Managers and
    administrators of institutions: their institutions'.
    """
    require_review(viewer)
    facts = DailyFact.objects.exclude(instrument__status=InstrumentStatus.DRAFT)
    return facts.filter(_reviewed(viewer, "instrument__institution__"))


def access_reviewed_institution(viewer: Viewer, institution_id: int) -> Institution:
    """An institution whose facts the viewer may add up. Raises NotSignedIn, Forbidden, NotFound."""
    require_review(viewer)
    institution = Institution.objects.filter(_reviewed(viewer, ""), pk=institution_id).first()
    if institution is None:
        raise NotFound
    return institution


def access_reviewed_instrument(viewer: Viewer, instrument_id: int) -> Instrument:
    """An instrument whose facts the viewer may add up. Raises NotSignedIn, Forbidden, NotFound."""
    require_review(viewer)
    listed = Instrument.objects.exclude(status=InstrumentStatus.DRAFT).defer("search")
    instrument = listed.filter(_reviewed(viewer, "institution__"), pk=instrument_id).first()
    if instrument is None:
        raise NotFound
    return instrument


def require_review(viewer: Viewer) -> None:
    """Whoever looks at utilisation has some to look at. Raises NotSignedIn, Forbidden."""
    if viewer.is_anonymous:
        raise NotSignedIn
    if not may_see_utilisation(viewer):
        raise Forbidden


def may_see_utilisation(viewer: Viewer) -> bool:
    """Whether there is any utilisation this viewer may see."""
    return viewer.is_platform_admin or viewer.is_reviewer or bool(viewer.institutions_as(*_STAFF))


def _reviewed(viewer: Viewer, path: str) -> Q:
    """The institutions at the end of a path of relations whose facts the viewer may see."""
    if viewer.is_platform_admin or "" in viewer.reviewed_regions:
        return Q()
    seen = Q(**{f"{path}pk__in": viewer.institutions_as(*_STAFF)})
    for code in viewer.reviewed_regions:
        seen |= Q(**{f"{path}region__startswith": significant(code)})
    return seen
