"""What an import says about a row: a stable code with parameters, and its sentence in both languages.

A note remarks on something that was accepted; a reason says why a row is rejected. Both are stored as
code and parameters, and put into words for whoever reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Note:
    """A code of SENTENCES and what its sentence needs."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}


SENTENCES: Final[Mapping[str, str | Promise]] = {
    "unnamed": _("Neither Name nor Description is given."),
    "id_repeated": _("The id %(id)s already stands in row %(row)s."),
    "id_too_long": _("The id has %(length)s characters; at most %(most)s are possible."),
    "control_characters": _("%(column)s held invisible control characters, which are left out."),
    "lost_characters": _("%(column)s holds characters that were lost before the file was made (\ufffd)."),
    "like_row": _("Looks like row %(row)s: identical rows are kept as separate instruments."),
    "placeholder": _("%(column)s says only “%(value)s”, which is taken as empty."),
    "placeholder_name": _("Named only “%(value)s”: stays a draft until it has a name."),
    "maybe_cut": _("%(column)s has exactly %(length)s characters, as many others here: it may be cut off."),
    "phone_reformatted": _("Telephone “%(value)s” is written as %(written)s."),
    "phone_unusual": _("Telephone “%(value)s” is no number we know; it is kept as it is."),
    "email_invalid": _("“%(value)s” is no e-mail address and is left out."),
    "link_invalid": _("“%(value)s” is no web address and is left out."),
    "place_is_link": _("%(column)s is a web address, not a place; it is not shown."),
    "shortened": _("%(column)s is cut to %(most)s of its %(length)s characters."),
    "beyond_header": _("The row has cells beyond the last heading; they are kept but not read."),
    "returned": _("Was missing from the last file and is here again."),
    "edited_here": _("%(field)s was edited in the catalogue; the file's value replaces it."),
    "nothing_shown_changed": _("Only columns that the catalogue does not show have changed."),
    "vanished": _("No longer in the file: marked as missing, nothing is deleted."),
}


def sentence(note: Mapping[str, Any]) -> str:
    """A stored note (code, params) in the active language."""
    words: str = str(SENTENCES[note["code"]]) % note["params"]
    return words
