"""The clock's heartbeat, outages it finds, and overruns it has told of."""

import django.db.models.deletion
from django.db import migrations, models

import core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("reservations", "0006_index_platform_policy"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outage",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("started_at", models.DateTimeField(unique=True)),
                ("ended_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Overrun",
            fields=[
                (
                    "reservation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="overrun",
                        serialize=False,
                        to="reservations.reservation",
                    ),
                ),
                ("noticed_at", models.DateTimeField(default=core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("beat_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="heartbeat_is_one")],
            },
        ),
    ]
