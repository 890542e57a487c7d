"""Requests expire; late cancellations are noted with their fee. Requests that stand expire at their start."""

import django.contrib.postgres.fields.ranges
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalogue", "0004_revise_catalogue"),
        ("reservations", "0007_check_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="reservation",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="reservation",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="reservation",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="reservation",
            name="fee_fen",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="reservation",
            name="fee_waived",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="reservation",
            name="late_during",
            field=django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True),
        ),
        migrations.AddField(
            model_name="reservation",
            name="request_expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="reservationevent",
            name="fee_fen",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="reservationevent",
            name="fee_waived",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="reservationevent",
            name="late_during",
            field=django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True),
        ),
        migrations.AddField(
            model_name="reservationevent",
            name="request_expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                django.contrib.postgres.fields.ranges.RangeStartsWith("late_during"),
                condition=models.Q(("fee_fen__gt", 0), ("fee_waived", False)),
                name="reservation_fee_due",
            ),
        ),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                models.F("request_expires_at"),
                condition=models.Q(("status", "requested")),
                name="reservation_request_expiry",
            ),
        ),
        migrations.RunSQL(
            "UPDATE reservations_reservation SET request_expires_at = lower(during) WHERE status = 'requested'",
            migrations.RunSQL.noop,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reservation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "reservations_reservationevent" ("account_id", "booked_by_id", "created_at", "during", "ended_reason", "fee_fen", "fee_waived", "hold_expires_at", "id", "instrument_id", "kind", "late_during", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "purpose", "quote", "request_expires_at", "status", "tier", "total_fen", "turnaround_minutes", "use_is_assumed", "used_from", "used_until", "user_id", "version") VALUES (NEW."account_id", NEW."booked_by_id", NEW."created_at", NEW."during", NEW."ended_reason", NEW."fee_fen", NEW."fee_waived", NEW."hold_expires_at", NEW."id", NEW."instrument_id", NEW."kind", NEW."late_during", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."places", NEW."purpose", NEW."quote", NEW."request_expires_at", NEW."status", NEW."tier", NEW."total_fen", NEW."turnaround_minutes", NEW."use_is_assumed", NEW."used_from", NEW."used_until", NEW."user_id", NEW."version"); RETURN NULL;',
                    hash="5c1e71833efa160d49f07020aee0a1886f88f280",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4d55e",
                    table="reservations_reservation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reservation",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "reservations_reservationevent" ("account_id", "booked_by_id", "created_at", "during", "ended_reason", "fee_fen", "fee_waived", "hold_expires_at", "id", "instrument_id", "kind", "late_during", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "purpose", "quote", "request_expires_at", "status", "tier", "total_fen", "turnaround_minutes", "use_is_assumed", "used_from", "used_until", "user_id", "version") VALUES (NEW."account_id", NEW."booked_by_id", NEW."created_at", NEW."during", NEW."ended_reason", NEW."fee_fen", NEW."fee_waived", NEW."hold_expires_at", NEW."id", NEW."instrument_id", NEW."kind", NEW."late_during", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."places", NEW."purpose", NEW."quote", NEW."request_expires_at", NEW."status", NEW."tier", NEW."total_fen", NEW."turnaround_minutes", NEW."use_is_assumed", NEW."used_from", NEW."used_until", NEW."user_id", NEW."version"); RETURN NULL;',
                    hash="620d37db1fccb2f6093d6454a65d3525fd5b0a8e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f53a8",
                    table="reservations_reservation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reservation",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "reservations_reservationevent" ("account_id", "booked_by_id", "created_at", "during", "ended_reason", "fee_fen", "fee_waived", "hold_expires_at", "id", "instrument_id", "kind", "late_during", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "purpose", "quote", "request_expires_at", "status", "tier", "total_fen", "turnaround_minutes", "use_is_assumed", "used_from", "used_until", "user_id", "version") VALUES (OLD."account_id", OLD."booked_by_id", OLD."created_at", OLD."during", OLD."ended_reason", OLD."fee_fen", OLD."fee_waived", OLD."hold_expires_at", OLD."id", OLD."instrument_id", OLD."kind", OLD."late_during", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."places", OLD."purpose", OLD."quote", OLD."request_expires_at", OLD."status", OLD."tier", OLD."total_fen", OLD."turnaround_minutes", OLD."use_is_assumed", OLD."used_from", OLD."used_until", OLD."user_id", OLD."version"); RETURN NULL;',
                    hash="71e62db0cb7b18a9b40c93633531416e2462f429",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_7b67a",
                    table="reservations_reservation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("fee_fen", 0), ("fee_waived", False)),
                    models.Q(("fee_fen__gte", 0), ("late_during__isnull", False)),
                    _connector="OR",
                ),
                name="reservation_fee_when_late",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "requested"), _negated=True),
                    ("request_expires_at__isnull", False),
                    _connector="OR",
                ),
                name="reservation_request_expires",
            ),
        ),
    ]
