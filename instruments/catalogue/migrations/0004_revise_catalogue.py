"""What gives the catalogue a new revision."""

from pathlib import Path

from django.db import migrations

from core.functions import installation

SQL = Path(__file__).resolve().parent.parent / "sql" / "revision.sql"


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_revision")]

    operations = [installation(SQL)]
