"""Functions and triggers of the calendars; dropping the tables drops nothing of these, so reverse does."""

from pathlib import Path

from django.db import migrations

from core.functions import installation

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("calendars", "0001_initial"), ("catalogue", "0001_initial")]

    operations = [installation(SQL / "free_gaps.sql"), installation(SQL / "claims.sql")]
