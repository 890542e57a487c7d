"""The function that computes the daily facts, and the index on long reservations it reads."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "daily_facts.sql"

DROP = """
DROP FUNCTION daily_facts_refresh, daily_facts_truth, local_day, actual_use, ranges_seconds, range_seconds;
DROP INDEX IF EXISTS reservation_longer_than_a_week;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("utilisation", "0001_initial"),
        ("calendars", "0002_claims_and_free_gaps"),
        ("reservations", "0002_booking_functions"),
    ]

    operations = [migrations.RunSQL(SQL.read_text("utf-8"), DROP)]
