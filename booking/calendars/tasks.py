"""Background work on calendars."""

from typing import Final

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from booking.calendars.commands.extend_calendars import extend_calendars as extend
from booking.calendars.commands.follow_group import follow_group as follow
from booking.calendars.commands.follow_hours import follow_hours as follow_anew
from booking.calendars.commands.open_calendar import open_calendar as open_one
from booking.calendars.commands.revise_calendar import revise_calendar as revise

AGAIN: Final = RetryStrategy(max_attempts=6, exponential_wait=3)
"""A busy calendar is tried again after 3, 9, 27 s and so on, 18 minutes in all."""


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="extend_calendars", name="calendars.extend", retry=AGAIN)
def extend_calendars(timestamp: int) -> None:
    """Append the new day to every calendar that lacks it. A late or repeated run changes nothing more.

    Every ten minutes, because runs are dropped while the machine is off, and midnight comes at another hour
    elsewhere.
    """
    extend()


@app.task(name="calendars.open", retry=AGAIN)
def open_calendar(instrument_id: int) -> None:
    """Make a newly published instrument's calendar ready, and tell the screens that show it."""
    open_one(instrument_id=instrument_id)
    revise(instrument_id=instrument_id)


@app.task(name="calendars.revise", retry=AGAIN)
def revise_calendar(instrument_id: int) -> None:
    """Tell the screens that show an instrument to read it again."""
    revise(instrument_id=instrument_id)


@app.task(name="calendars.follow_hours", retry=AGAIN)
def follow_hours(instrument_id: int) -> None:
    """Make an instrument's free time right after its opening hours were expanded anew."""
    follow_anew(instrument_id=instrument_id)


@app.task(name="calendars.follow_group", retry=AGAIN)
def follow_group(instrument_id: int) -> None:
    """Give an instrument the hours and rules of the group it moved to."""
    follow(instrument_id=instrument_id)
