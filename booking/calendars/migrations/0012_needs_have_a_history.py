"""What instruments need has a history, as the values of rules have."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0011_needs_by_access_mode"),
        ("catalogue", "0004_revise_catalogue"),
    ]

    operations = [
        migrations.CreateModel(
            name="ResourceNeedEvent",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("slot", models.PositiveSmallIntegerField(default=1)),
                (
                    "modes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("self_operated", "Self-operated"),
                                ("operator_assisted", "Operator-assisted"),
                                ("sample_submission", "Sample submission"),
                                ("remote", "Remote"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="access modes",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resourceneed",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "calendars_resourceneedevent" ("id", "instrument_id", "modes", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resource_id", "slot") VALUES (NEW."id", NEW."instrument_id", NEW."modes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."resource_id", NEW."slot"); RETURN NULL;',
                    hash="bf1cd1ec5e562d36a56dd0a23e00b0ce051df6a6",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_04055",
                    table="calendars_resourceneed",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resourceneed",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "calendars_resourceneedevent" ("id", "instrument_id", "modes", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resource_id", "slot") VALUES (NEW."id", NEW."instrument_id", NEW."modes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."resource_id", NEW."slot"); RETURN NULL;',
                    hash="dc9af473226e2f6d1ebe4c82438eea76cf52b137",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_4b2e3",
                    table="calendars_resourceneed",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resourceneed",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "calendars_resourceneedevent" ("id", "instrument_id", "modes", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resource_id", "slot") VALUES (OLD."id", OLD."instrument_id", OLD."modes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."resource_id", OLD."slot"); RETURN NULL;',
                    hash="a5cc412cb07917c548bef000a2296d214a638268",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_ce0e2",
                    table="calendars_resourceneed",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="resourceneedevent",
            name="instrument",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="catalogue.instrument",
            ),
        ),
        migrations.AddField(
            model_name="resourceneedevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="calendars.resourceneed",
            ),
        ),
        migrations.AddField(
            model_name="resourceneedevent",
            name="resource",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="calendars.resource",
            ),
        ),
    ]
