from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "rates.sql"


class Migration(migrations.Migration):
    dependencies = [("pricing", "0001_initial")]

    operations = [migrations.RunSQL(SQL.read_text("utf-8"), "DROP FUNCTION pricing_hourly_fen")]
