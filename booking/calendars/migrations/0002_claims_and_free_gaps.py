"""Functions and triggers of the calendars; dropping the tables drops nothing of these, so reverse does."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"

DROP = """
DROP TRIGGER IF EXISTS instrument_becomes_resource ON catalogue_instrument;
DROP TRIGGER IF EXISTS claim_inserted_revises ON calendars_claim;
DROP TRIGGER IF EXISTS claim_updated_revises ON calendars_claim;
DROP TRIGGER IF EXISTS claim_deleted_revises ON calendars_claim;
DROP FUNCTION calendar_add_instruments, calendar_revise_claimed, calendar_revise(bigint[]), claims_release,
    claims_take, calendar_lock, free_gaps_wrong, free_gaps_trim, free_gaps_extend, free_gaps_rebuild,
    free_gaps_take, free_gaps_truth, calendar_open_windows;
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0001_initial"), ("catalogue", "0001_initial")]

    operations = [
        migrations.RunSQL((SQL / "free_gaps.sql").read_text("utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "claims.sql").read_text("utf-8"), DROP),
    ]
