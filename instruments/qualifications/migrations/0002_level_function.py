from pathlib import Path

from django.db import migrations

from core.functions import installation

SQL = Path(__file__).resolve().parent.parent / "sql" / "levels.sql"


class Migration(migrations.Migration):
    dependencies = [("qualifications", "0001_initial")]

    operations = [installation(SQL)]
