"""Background work on utilisation: facts are kept, not asked for."""

from datetime import timedelta
from typing import Final

from procrastinate.contrib.django import app

from booking.utilisation.commands.refresh_facts import refresh_facts
from core import clock

NIGHTLY_DAYS: Final = 40
"""How far back the nightly run goes: late check-outs and corrections of the past month are taken in."""


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="utilisation.refresh_today", lock="utilisation.refresh", name="utilisation.refresh_today")
def refresh_today(timestamp: int) -> None:
    """Recompute yesterday and today of every zone. Idempotent."""
    _refresh(1)


@app.periodic(cron="40 17 * * *")  # 01:40 in China, where most institutions are
@app.task(queueing_lock="utilisation.refresh_month", lock="utilisation.refresh", name="utilisation.refresh_month")
def refresh_month(timestamp: int) -> None:
    """Recompute the past weeks. Idempotent."""
    _refresh(NIGHTLY_DAYS)


def _refresh(days_back: int) -> None:
    """From that many days ago on; a day more on both sides, because it is another date elsewhere."""
    today = clock.now().date()
    refresh_facts(from_on=today - timedelta(days=days_back + 1), until_on=today + timedelta(days=2))
