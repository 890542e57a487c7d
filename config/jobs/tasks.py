"""Upkeep of the job queue: what a killed worker left behind, and what is long done."""

from typing import Final

from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

FINISHED_JOBS_KEPT_HOURS: Final = 72


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="jobs.retry_stalled", name="jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker stopped its heartbeat run again: every task of the product is idempotent.

    Where the next run of the same task waits already, that one does the work. It may wait for the very lock
    that the dead one holds, so that has to end.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.ABORTED, delete_job=False)


@app.periodic(cron="25 * * * *")
@app.task(queueing_lock="jobs.remove_old", name="jobs.remove_old", pass_context=True)
async def remove_old(context: JobContext, timestamp: int) -> None:
    """Finished jobs are kept three days, so that the table stays small."""
    await builtin_tasks.remove_old_jobs(
        context, max_hours=FINISHED_JOBS_KEPT_HOURS, remove_failed=False, remove_cancelled=True, remove_aborted=True
    )
