"""The terms of every instrument by tier, which searches read instead of policy values."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_public_category_index"),
        ("calendars", "0005_gaps_know_their_opening"),
        ("reservations", "0003_newest_per_instrument"),
    ]

    operations = [
        migrations.CreateModel(
            name="Terms",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("tier_bit", models.PositiveSmallIntegerField()),
                ("lead_time", models.IntegerField(null=True)),
                ("on_grid", models.IntegerField(null=True)),
                ("min_duration", models.IntegerField(null=True)),
                ("max_duration", models.IntegerField(null=True)),
                ("booking_window", models.IntegerField(null=True)),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalogue.instrument",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("instrument", "tier_bit"),
                        include=("lead_time", "on_grid", "min_duration", "max_duration", "booking_window"),
                        name="terms_once_per_tier",
                    )
                ],
            },
        ),
    ]
