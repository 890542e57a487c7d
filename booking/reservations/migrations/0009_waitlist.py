"""People who wait for time on an instrument."""

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalogue", "0004_revise_catalogue"),
        ("reservations", "0008_approval_and_late_cancelling"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitlistEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("span", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("minutes", models.PositiveIntegerField()),
                ("places", models.PositiveSmallIntegerField(default=1)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("offered", "Offered"),
                            ("taken", "Taken"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                (
                    "refused",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        default=list,
                        size=None,
                    ),
                ),
                ("created_at", models.DateTimeField(default=core.clock.now)),
                ("looked_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.enterprise",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waitlist",
                        to="catalogue.instrument",
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offered_to",
                        to="reservations.reservation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ("waiting", "offered"))),
                        fields=["instrument", "id"],
                        name="waitlist_instrument",
                    ),
                    models.Index(fields=["user", "id"], name="waitlist_user"),
                    models.Index(
                        condition=models.Q(("status", "waiting")), fields=["looked_at"], name="waitlist_looked_at"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("waiting", "offered"))),
                        fields=("user", "instrument", "span", "minutes"),
                        name="waitlist_wish_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "offered"), ("offer__isnull", False)),
                            models.Q(("status", "waiting"), ("offer__isnull", True)),
                            ("status__in", ("taken", "withdrawn", "expired")),
                            _connector="OR",
                        ),
                        name="waitlist_offer_is_a_hold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__gte", 1), ("places__gte", 1)), name="waitlist_has_length"
                    ),
                ],
            },
        ),
    ]
