"""Background work on reservations."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from booking.reservations.commands.advance_reservations import advance_reservations as advance
from booking.reservations.commands.expire_holds import expire_holds, expire_holds_on
from booking.reservations.commands.keep_heartbeat import keep_heartbeat
from booking.reservations.commands.release_no_shows import release_no_shows


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="advance_reservations", name="reservations.advance")
def advance_reservations(timestamp: int) -> None:
    """Every minute: begin, end, release and expire what the clock decides. Late or repeated runs do no harm."""
    keep_heartbeat()
    advance()
    release_no_shows()
    expire_holds()


@app.task(name="reservations.expire_hold", retry=RetryStrategy(max_attempts=3, wait=5))
def expire_hold(instrument_id: int) -> None:
    """Let a hold, or a request that nobody decided, go at its time."""
    expire_holds_on([instrument_id])
