"""Background work on accounts."""

from procrastinate.contrib.django import app

from accounts.commands.forget_expired import forget_expired as forget


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="forget_expired", name="accounts.forget_expired")
def forget_expired(timestamp: int) -> None:
    """Every hour: expired idempotency records and sessions."""
    forget()
