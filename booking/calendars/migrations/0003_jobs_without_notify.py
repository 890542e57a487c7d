"""Jobs are rows, not notifications: procrastinate's trigger would make commits queue for each other's fsync.

Measured: with the trigger a booking that inserts a job commits at a third of the rate. Workers poll instead.
"""

from django.db import migrations

TRIGGER = "procrastinate_jobs_notify_queue_job_inserted_v1"


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0002_claims_and_free_gaps"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE procrastinate_jobs DISABLE TRIGGER {TRIGGER}",
            f"ALTER TABLE procrastinate_jobs ENABLE TRIGGER {TRIGGER}",
        )
    ]
