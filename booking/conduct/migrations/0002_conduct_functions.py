from pathlib import Path

from django.db import migrations

from core.functions import installation

SQL = Path(__file__).resolve().parent.parent / "sql" / "conduct.sql"


class Migration(migrations.Migration):
    dependencies = [("conduct", "0001_initial")]

    operations = [installation(SQL)]
