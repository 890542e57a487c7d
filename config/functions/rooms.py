"""Which files there are, and when they may be run."""

from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from core import functions
from core.functions import SqlFile


def files_of_rooms() -> list[SqlFile]:
    """The files of every room below config, lower rooms first; demo data's are statements, not functions."""
    rooms = [room for room in apps.get_app_configs() if not room.name.startswith("config.")]
    return [SqlFile.at(path) for room in rooms for path in sorted((Path(room.path) / "sql").glob("*.sql"))]


def bring_up_to_date() -> list[str]:
    """Install anew what changed since, in a database whose tables are complete. Returns the files' names."""
    files = files_of_rooms()
    changed, gone = functions.outdated(files)
    if not (changed or gone) or not _is_migrated({file.name.split("/")[0] for file in changed}):
        return []
    functions.install(changed, files)
    return [file.name for file in changed]


def _is_migrated(rooms: set[str]) -> bool:
    """Whether these rooms have had all their migrations; on the way down they have not."""
    loader = MigrationLoader(connection)
    return all(key in loader.applied_migrations for key in loader.disk_migrations if key[0] in rooms)
