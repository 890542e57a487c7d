"""Background work on uploads."""

from procrastinate.contrib.django import app

from booking.intake.commands.remove_unused_files import remove_unused_files


@app.periodic(cron="35 * * * *")
@app.task(queueing_lock="intake.remove_unused_files", name="intake.remove_unused_files")
def sweep_files(timestamp: int) -> None:
    """Every hour: uploads that no booking has named for a day. Late or repeated runs do no harm."""
    remove_unused_files()
