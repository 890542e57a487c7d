"""Values for the whole platform are few; finding them took a walk past those of all groups and institutions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalogue", "0004_revise_catalogue"),
        ("reservations", "0005_fill_terms"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="policyvalue",
            index=models.Index(
                condition=models.Q(
                    ("group__isnull", True), ("institution__isnull", True), ("instrument__isnull", True)
                ),
                fields=["code"],
                name="policy_value_platform",
            ),
        ),
    ]
