"""What keeps the terms of instruments, and those of the instruments there are."""

from pathlib import Path

from django.db import migrations

from core.functions import installation

SQL = Path(__file__).resolve().parent.parent / "sql" / "offers.sql"


class Migration(migrations.Migration):
    dependencies = [("reservations", "0004_terms_for_searches"), ("calendars", "0005_gaps_know_their_opening")]

    operations = [
        installation(SQL),
        migrations.RunSQL("SELECT reservation_terms_refresh(NULL)", migrations.RunSQL.noop),
    ]
