"""How searches ask the database for the first window that the time rules pass, of many instruments at once.

The terms of instruments stand in `Terms`, the functions in sql/offers.sql; `timing.py` and `policy_values.py` say
what the rules mean.
"""

from datetime import datetime
from typing import Any, Final

from booking.reservations.rules.registry import defaults

_CODES: Final = ("lead_time", "on_grid", "min_duration", "max_duration", "booking_window")

TIMED: Final = """
    SELECT b.wished, b.step, b.longest, b.whole,
           least(%(until)s::timestamptz - b.whole, %(now)s::timestamptz + b.ahead) AS whole_last,
           greatest(%(since)s::timestamptz, %(now)s::timestamptz + b.lead) AS earliest,
           coalesce(least(%(until)s::timestamptz - b.wished, %(now)s::timestamptz + b.ahead), 'infinity') AS last
    FROM (
        SELECT make_interval(mins => l.step) AS step, make_interval(mins => l.most) AS longest,
               make_interval(mins => CASE WHEN l.rounded > l.most THEN l.rounded END) AS whole,
               make_interval(mins => least(greatest(l.shortest, l.rounded), l.longest)) AS wished,
               make_interval(mins => greatest(coalesce(m.lead_time, %(lead_time)s::int), 0)) AS lead,
               make_interval(hours => 24 * nullif(coalesce(m.booking_window, %(booking_window)s::int), -1)) AS ahead
        FROM (
            SELECT s.step, (%(minutes)s::int + s.step - 1) / s.step * s.step AS rounded,
                   (greatest(coalesce(m.min_duration, %(min_duration)s::int), 1) + s.step - 1) / s.step * s.step
                       AS shortest,
                   nullif(coalesce(m.max_duration, %(max_duration)s::int), -1) / s.step * s.step AS longest,
                   nullif(coalesce(m.max_duration, %(max_duration)s::int), -1) AS most
            FROM (SELECT greatest(coalesce(m.on_grid, %(on_grid)s::int), 1) AS step) s
        ) l
        WHERE l.longest IS NULL OR l.shortest <= l.longest
    ) b
"""
"""The twin of timing() for one row `m` of Terms, to be joined laterally; no row: no length is allowed at all."""

FIRST_START: Final = """
    coalesce(
        CASE WHEN t.whole IS NOT NULL AND (SELECT EXISTS (SELECT 1 FROM calendars_offpeakwindow)) THEN
            reservation_whole_start(m.instrument_id, m.tier_bit, g.starts_at, g.ends_at, g.opened_at, t.earliest,
                coalesce(t.whole_last, 'infinity'), t.whole, t.longest, t.step, n.zone) END,
        reservation_first_start(g.starts_at, g.ends_at, g.opened_at, t.earliest, t.last, t.wished, t.step, n.zone))
"""
"""The start of the first window in gap `g` on terms `t` (a row of TIMED) in the zone of `n`; null: none."""

LENGTH: Final = """
    CASE WHEN t.whole IS NOT NULL AND start + t.whole <= gap_end AND start <= coalesce(t.whole_last, 'infinity')
              AND t.whole - reservation_off_peak(m.instrument_id, m.tier_bit, start, start + t.whole) <= t.longest
         THEN t.whole ELSE t.wished END
"""
"""How long the window is that FIRST_START found in a gap to `gap_end`: all that was asked for, or as wished."""


def timed_parameters(*, now: datetime, since: datetime, until: datetime | None, minutes: int) -> dict[str, Any]:
    """What TIMED refers to by name. minutes 0: the shortest booking; instants aware UTC."""
    built_in = defaults()
    values = {code: -1 if built_in[code] is None else built_in[code] for code in _CODES}
    return values | {"now": now, "since": since, "until": until, "minutes": minutes}
