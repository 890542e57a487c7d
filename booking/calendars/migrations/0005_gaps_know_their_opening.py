"""A free gap remembers when its open window began, so that a search can apply the grid without a look at windows.

Gaps whose window is gone keep their own start; the next rebuild of their calendar puts them right.
"""

from django.db import migrations, models
from django.db.models import Q

_FILL = """
    UPDATE calendars_freegap g SET opened_at = coalesce((
        SELECT lower(w.during * a.effective)
        FROM calendars_openingassignment a
        JOIN calendars_openwindow w ON w.profile_id = a.profile_id AND w.tiers = g.tiers
             AND w.during && (a.effective * tstzrange(g.starts_at, g.ends_at))
        WHERE a.resource_id = g.resource_id AND a.effective && tstzrange(g.starts_at, g.ends_at)
        ORDER BY 1 LIMIT 1
    ), g.starts_at)
"""
_BY_START = {"gap_start_hour_or_more": Q(minutes__gte=60), "gap_start_under_an_hour": Q(minutes__lt=60)}


def _by_resource(include: list[str]) -> models.Index:
    return models.Index(fields=["resource", "starts_at", "ends_at"], include=include, name="gap_resource_start")


def _by_start(name: str, include: list[str]) -> models.Index:
    return models.Index(fields=["starts_at", "resource"], include=include, condition=_BY_START[name], name=name)


class Migration(migrations.Migration):
    dependencies = [("calendars", "0004_index_short_gaps")]

    operations = [
        migrations.AddField("freegap", "opened_at", models.DateTimeField(null=True)),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AlterField("freegap", "opened_at", models.DateTimeField()),
        migrations.RemoveIndex("freegap", "gap_resource_start"),
        *(migrations.RemoveIndex("freegap", name) for name in _BY_START),
        migrations.AddIndex("freegap", _by_resource(["place", "tiers", "minutes", "opened_at"])),
        *(
            migrations.AddIndex("freegap", _by_start(name, ["ends_at", "tiers", "minutes", "opened_at"]))
            for name in _BY_START
        ),
    ]
