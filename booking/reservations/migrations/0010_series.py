"""Series: bookings that were planned as a whole; history leaves the link out, so its trigger names its columns."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalogue", "0004_revise_catalogue"),
        ("reservations", "0009_waitlist"),
        ("schedule", "0015_rename_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReservationSeries",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("created_at", models.DateTimeField(default=core.clock.now)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="reservation",
            name="update_update",
        ),
        migrations.AddField(
            model_name="reservation",
            name="original_start",
            field=models.DateTimeField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reservation",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."account_id" IS DISTINCT FROM (NEW."account_id") OR OLD."booked_by_id" IS DISTINCT FROM (NEW."booked_by_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."during" IS DISTINCT FROM (NEW."during") OR OLD."ended_reason" IS DISTINCT FROM (NEW."ended_reason") OR OLD."fee_fen" IS DISTINCT FROM (NEW."fee_fen") OR OLD."fee_waived" IS DISTINCT FROM (NEW."fee_waived") OR OLD."hold_expires_at" IS DISTINCT FROM (NEW."hold_expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."instrument_id" IS DISTINCT FROM (NEW."instrument_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."late_during" IS DISTINCT FROM (NEW."late_during") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."places" IS DISTINCT FROM (NEW."places") OR OLD."purpose" IS DISTINCT FROM (NEW."purpose") OR OLD."quote" IS DISTINCT FROM (NEW."quote") OR OLD."request_expires_at" IS DISTINCT FROM (NEW."request_expires_at") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."tier" IS DISTINCT FROM (NEW."tier") OR OLD."total_fen" IS DISTINCT FROM (NEW."total_fen") OR OLD."turnaround_minutes" IS DISTINCT FROM (NEW."turnaround_minutes") OR OLD."use_is_assumed" IS DISTINCT FROM (NEW."use_is_assumed") OR OLD."used_from" IS DISTINCT FROM (NEW."used_from") OR OLD."used_until" IS DISTINCT FROM (NEW."used_until") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    func='INSERT INTO "reservations_reservationevent" ("account_id", "booked_by_id", "created_at", "during", "ended_reason", "fee_fen", "fee_waived", "hold_expires_at", "id", "instrument_id", "kind", "late_during", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "purpose", "quote", "request_expires_at", "status", "tier", "total_fen", "turnaround_minutes", "use_is_assumed", "used_from", "used_until", "user_id", "version") VALUES (NEW."account_id", NEW."booked_by_id", NEW."created_at", NEW."during", NEW."ended_reason", NEW."fee_fen", NEW."fee_waived", NEW."hold_expires_at", NEW."id", NEW."instrument_id", NEW."kind", NEW."late_during", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."places", NEW."purpose", NEW."quote", NEW."request_expires_at", NEW."status", NEW."tier", NEW."total_fen", NEW."turnaround_minutes", NEW."use_is_assumed", NEW."used_from", NEW."used_until", NEW."user_id", NEW."version"); RETURN NULL;',
                    hash="22af60b6dcac6a82d85e26c1b165b0c7c30e756b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f53a8",
                    table="reservations_reservation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="reservationseries",
            name="instrument",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.instrument",
            ),
        ),
        migrations.AddField(
            model_name="reservationseries",
            name="pattern",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="reservation_series", to="schedule.event"
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="series",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reservations",
                to="reservations.reservationseries",
            ),
        ),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("series__isnull", False)),
                fields=["series", "original_start"],
                name="reservation_series_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(("series__isnull", True), ("original_start__isnull", False), _connector="OR"),
                name="reservation_of_a_series_has_its_place",
            ),
        ),
    ]
