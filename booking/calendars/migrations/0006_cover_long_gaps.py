"""Gaps of more than a day are read in the order of their ends, from the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0005_gaps_know_their_opening"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="freegap",
            name="gap_end_over_a_day",
        ),
        migrations.AddIndex(
            model_name="freegap",
            index=models.Index(
                condition=models.Q(("minutes__gt", 1440)),
                fields=["ends_at", "resource"],
                include=("starts_at", "tiers", "minutes", "opened_at"),
                name="gap_end_over_a_day",
            ),
        ),
    ]
