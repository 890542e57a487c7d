"""not_closed: no closure, maintenance or fault lies in the window."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.rules.registry import Context, Violation, rule


@rule(
    "not_closed",
    title=gettext_lazy("Not closed"),
    meaning=gettext_lazy("No closure or maintenance may lie in the window."),
    applies_to=tuple(Kind),
    blocks_time=True,
    is_timed=True,
)
def not_closed(context: Context) -> Violation | None:
    """Broken when closures or maintenance leave fewer places than asked for."""
    closed = any(claim.kind in (Kind.CLOSURE, Kind.MAINTENANCE) for claim in context.taken)
    if not (closed and context.lacks_places):
        return None
    return Violation("not_closed", _("The instrument is closed during this time."))
