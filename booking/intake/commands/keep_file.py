"""Take a file that answers a question."""

import re
import unicodedata
import uuid
from pathlib import PurePosixPath
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.viewers import Viewer
from booking.intake.errors import AnswerFileTooLarge, FileRefused
from booking.intake.models import AnswerFile
from core.errors import Conflict
from instruments.catalogue.models import Instrument

MOST_BYTES: Final = 10 << 20
MOST_WAITING: Final = 40
"""Uploads of one person that no booking names yet."""

_ZIP: Final = b"PK\x03\x04"
KINDS: Final[dict[str, tuple[str, bytes]]] = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _ZIP),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _ZIP),
    ".zip": ("application/zip", _ZIP),
    ".txt": ("text/plain", b""),
    ".csv": ("text/csv", b""),
    ".cif": ("text/plain", b""),
    ".dxf": ("application/octet-stream", b""),
    ".stp": ("application/octet-stream", b""),
    ".step": ("application/octet-stream", b""),
}
"""Media type and first bytes by the end of the name."""

# Control characters, line ends, and marks that turn the reading direction: a name must look like what it is.
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LONGEST: Final = 150


class TooManyFiles(Conflict):
    """The person has uploaded as many files as may wait for a booking."""

    code = "too_many_files"
    title = gettext_lazy("Too many files wait for a booking. Book with them first, or come back tomorrow.")


def keep_file(*, viewer: Viewer, instrument: Instrument, name: str, content: bytes) -> AnswerFile:
    """Store an upload under a random name; bookings name it by its id.

    Raises: NotSignedIn, FileRefused (kind, empty, not what its name says), AnswerFileTooLarge, TooManyFiles.
    """
    shown = safe_name(name)
    if len(content) > MOST_BYTES:
        raise AnswerFileTooLarge(_("At most %(most)d MB fit into one answer.") % {"most": MOST_BYTES >> 20})
    _refuse_unfit(shown, content)
    if AnswerFile.objects.filter(uploaded_by_id=viewer.person_id, is_used=False).count() >= MOST_WAITING:
        raise TooManyFiles
    key = uuid.uuid4().hex
    stored = default_storage.save(f"answers/{key[:2]}/{key}", ContentFile(content))
    return AnswerFile.objects.create(
        instrument=instrument, uploaded_by_id=viewer.person_id, name=shown, size_bytes=len(content), file=stored
    )


def safe_name(name: str) -> str:
    """A name without path, unseen characters and overlength; its end stays. Raises: FileRefused."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    path = PurePosixPath(_UNSEEN.sub("", last).strip(" ."))
    stem = path.stem[: _LONGEST - len(path.suffix)].strip()
    if path.suffix.lower() not in KINDS or not stem:
        ends = ", ".join(end.removeprefix(".") for end in KINDS)
        raise FileRefused(_("Files of these kinds are taken: %(kinds)s.") % {"kinds": ends})
    return stem + path.suffix


def media_type(name: str) -> str:
    """What a file with this name is sent as."""
    return KINDS.get(PurePosixPath(name).suffix.lower(), ("application/octet-stream", b""))[0]


def _refuse_unfit(name: str, content: bytes) -> None:
    if not content:
        raise FileRefused(_("The file is empty."))
    if not content.startswith(KINDS[PurePosixPath(name).suffix.lower()][1]):
        raise FileRefused(_("The file is not what its name says."))
