"""Background work on utilisation: facts are kept, not asked for."""

from datetime import timedelta

from procrastinate.contrib.django import app

from booking.utilisation.commands.refresh_facts import refresh_facts
from booking.utilisation.commands.refresh_month import refresh_month as refresh_once_a_night
from core import clock


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="utilisation.refresh_today", lock="utilisation.refresh", name="utilisation.refresh_today")
def refresh_today(timestamp: int) -> None:
    """Recompute yesterday and today of every zone, a day more on both sides: it is another date elsewhere."""
    today = clock.now().date()
    refresh_facts(from_on=today - timedelta(days=2), until_on=today + timedelta(days=2))


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="utilisation.refresh_month", lock="utilisation.refresh", name="utilisation.refresh_month")
def refresh_month(timestamp: int) -> None:
    """Recompute the past weeks in the first hour of each night that the machine is on."""
    refresh_once_a_night()
