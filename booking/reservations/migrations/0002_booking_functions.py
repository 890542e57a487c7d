"""The functions of the hot path, and the check at commit that reservations and claims fit."""

from pathlib import Path

from django.db import migrations

from core.functions import installation

SQL = Path(__file__).resolve().parent.parent / "sql" / "reservations.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("reservations", "0001_initial"),
        ("calendars", "0002_claims_and_free_gaps"),
        ("pricing", "0002_hourly_rate_function"),
    ]

    operations = [installation(SQL)]
