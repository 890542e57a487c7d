"""Extend the open windows of one instrument beyond the usual horizon."""

from datetime import date

from booking.calendars.commands.extend_calendars import extend_profile
from booking.calendars.models import OpeningProfile
from core import clock


def extend_windows(*, instrument_id: int, until_on: date) -> int:
    """See that an instrument's open windows exist up to the start of a local day. Returns how many profiles grew.

    Opening hours it will have by then count too. Usually nothing is due: one query. Raises: CalendarBusy.
    Source: engine.md, "Tables": planning a series beyond the horizon first extends the materialised windows.
    """
    short = OpeningProfile.objects.filter(
        assignments__resource__instrument_id=instrument_id,
        assignments__effective__overlap=(clock.now(), None),
        expanded_until__lt=until_on,
    )
    keys = sorted(set(short.values_list("pk", flat=True)))
    for key in keys:
        extend_profile(key, until_on)
    return len(keys)
