"""Background work on calendars."""

from procrastinate.contrib.django import app

from booking.calendars.commands.extend_calendars import extend_calendars as extend
from booking.calendars.commands.open_calendar import open_calendar as open_one
from booking.calendars.commands.revise_calendar import revise_calendar as revise


@app.periodic(cron="15 17 * * *")  # 01:15 in China, where most calendars are
@app.task(queueing_lock="extend_calendars", name="calendars.extend")
def extend_calendars(timestamp: int) -> None:
    """Append the new day to every calendar. A late or repeated run changes nothing more."""
    extend()


@app.task(name="calendars.open")
def open_calendar(instrument_id: int) -> None:
    """Make a newly published instrument's calendar ready, and tell the screens that show it."""
    open_one(instrument_id=instrument_id)
    revise(instrument_id=instrument_id)


@app.task(name="calendars.revise")
def revise_calendar(instrument_id: int) -> None:
    """Tell the screens that show an instrument to read it again."""
    revise(instrument_id=instrument_id)
