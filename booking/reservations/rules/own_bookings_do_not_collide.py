"""own_bookings_do_not_collide: nobody is at two instruments at once, where both ask for presence."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.process_settings import ASKS_PRESENCE
from booking.reservations.rules.counting import cap_on
from booking.reservations.rules.registry import Context, Violation, rule


@rule(
    "own_bookings_do_not_collide",
    section=Section.WHO,
    title=gettext_lazy("Own bookings at the same time"),
    meaning=gettext_lazy(
        "Where instruments ask whoever books them to be there, one person can't have two bookings on such "
        "instruments at the same time. It applies where the setting “Presence” says so."
    ),
    is_timed=True,
    is_counted=True,
)
def own_bookings_do_not_collide(context: Context) -> Violation | None:
    """Broken by the person's own bookings during the window on instruments that ask for presence too."""
    asked = cap_on(context, ASKS_PRESENCE)
    colliding = [own for own in asked[1].windows if own.overlaps(context.window)] if asked else []
    if not colliding:
        return None
    return Violation(
        "own_bookings_do_not_collide",
        _("You have another booking at this time, and both need you to be there."),
        limit=0,
        actual=len(colliding),
        not_before=max(own.ends_at for own in colliding),
    )
