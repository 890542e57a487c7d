"""The functions of the hot path, and the check at commit that reservations and claims fit."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "reservations.sql"

DROP = """
DROP TRIGGER IF EXISTS claim_fits_reservation ON calendars_claim;
DROP TRIGGER IF EXISTS reservation_claims_fit ON reservations_reservation;
DROP FUNCTION reservation_claims_fit, reservation_write, reservation_policy, reservation_context,
    reservation_past;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reservations", "0001_initial"),
        ("calendars", "0002_claims_and_free_gaps"),
        ("pricing", "0002_hourly_rate_function"),
    ]

    operations = [migrations.RunSQL(SQL.read_text("utf-8"), DROP)]
