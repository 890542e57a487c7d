"""The function that computes the daily facts, and the index on long reservations it reads."""

from pathlib import Path

from django.db import migrations

from core.functions import installation

SQL = Path(__file__).resolve().parent.parent / "sql" / "daily_facts.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("utilisation", "0001_initial"),
        ("calendars", "0002_claims_and_free_gaps"),
        ("reservations", "0002_booking_functions"),
    ]

    operations = [installation(SQL)]
