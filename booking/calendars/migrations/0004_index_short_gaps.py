"""Searches for less than an hour sweep the short gaps too. A gap lies in one of the two indexes by start."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("calendars", "0003_jobs_without_notify")]

    operations = [
        migrations.AddIndex(
            model_name="freegap",
            index=models.Index(
                fields=["starts_at", "resource"],
                include=["ends_at", "tiers", "minutes"],
                condition=Q(minutes__lt=60),
                name="gap_start_under_an_hour",
            ),
        ),
    ]
