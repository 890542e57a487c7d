"""Whether the disk of the database has room for a demo."""

import shutil
from pathlib import Path
from typing import Final

from config.demo.loading import rows_of
from config.demo.scale import Scale
from core.errors import Conflict

_GIGABYTE: Final = 1_000_000_000
_WHERE: Final = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"


class DiskTooSmall(Conflict):
    """The disk would be full before the demo is there."""

    code = "disk_too_small"


def require_room(scale: Scale) -> None:
    """Raises DiskTooSmall. Where the database's files can't be seen from here, nothing is refused."""
    directory = _directory()
    if directory is None:
        return
    free = shutil.disk_usage(directory).free
    if free < scale.gigabytes * _GIGABYTE:
        raise DiskTooSmall(
            f"The demo {scale.name} needs {scale.gigabytes} GB of disk in {directory}; "
            f"{free / _GIGABYTE:.1f} GB are free."
        )


def _directory() -> Path | None:
    """The nearest folder of the database's files that this process may look at."""
    for (named,) in rows_of(_WHERE):
        for path in (Path(named), *Path(named).parents):
            try:
                path.stat()
            except PermissionError:
                continue
            except OSError:
                return None
            return path
    return None
