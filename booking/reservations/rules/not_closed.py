"""not_closed: no closure, maintenance or fault lies in the window."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import USES, Context, Violation, rule
from core.schemas import LAST_INSTANT


@rule(
    "not_closed",
    section=Section.PLACES,
    title=gettext_lazy("Not closed"),
    meaning=gettext_lazy("No closure, maintenance or fault may lie in the window."),
    applies_to=tuple(Kind),
    blocks_time=True,
    is_timed=True,
)
def not_closed(context: Context) -> Violation | None:
    """Broken by a fault that is not expected to be mended, or by closures that leave too few places."""
    if context.fault_until is not None and context.kind in USES and context.window.starts_at < context.fault_until:
        return _out_of_order(context.fault_until, context)
    closed = any(claim.kind in (Kind.CLOSURE, Kind.MAINTENANCE) for claim in context.taken)
    if not (closed and context.lacks_places):
        return None
    return Violation("not_closed", _("The instrument is closed during this time."))


def _out_of_order(until: datetime, context: Context) -> Violation:
    on = until.astimezone(context.zone).date()
    if on.year >= LAST_INSTANT.year:
        return Violation("not_closed", _("The instrument is out of order."))
    message = _("The instrument is out of order, presumably until %(day)s.") % {"day": on.isoformat()}
    return Violation("not_closed", message, limit=on.isoformat())
