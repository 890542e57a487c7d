"""Background work on reservations."""

from procrastinate.contrib.django import app

from booking.reservations.commands.advance_reservations import advance_reservations as advance


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="advance_reservations", name="reservations.advance")
def advance_reservations(timestamp: int) -> None:
    """Every minute: start and complete what the clock decides. Late or repeated runs do no harm."""
    advance()
