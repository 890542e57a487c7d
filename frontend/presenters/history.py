"""The history of a booking in sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from booking.reservations.models import Status
from booking.reservations.selectors.history import Change, Entry
from frontend.templatetags.figures import window as window_text


@dataclass(frozen=True, slots=True)
class Sentence:
    """What somebody did, and when. reason: their own words."""

    at: datetime
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Told:
    """An entry with what its sentence needs."""

    entry: Entry
    who: str
    zone: str

    def change(self, field: str) -> Change | None:
        return next((change for change in self.entry.changes if change.field == field), None)

    def span(self, field: str, side: str) -> str:
        change = self.change(field)
        ends: Any = getattr(change, side) if change else None
        return str(window_text(ends[0], ends[1], self.zone)) if ends else "–"


def sentences(entries: list[Entry], viewer: Viewer, zone: str) -> list[Sentence]:
    """Oldest first; the viewer is addressed as you."""
    told = [_Told(entry, _who(entry, viewer), zone) for entry in entries]
    return [
        Sentence(each.entry.at, _TEXTS.get(each.entry.command, _other)(each), each.entry.reason) for each in told
    ]


def _who(entry: Entry, viewer: Viewer) -> str:
    if entry.actor is None:
        return _("The system")
    return _("You") if entry.actor.pk == viewer.user_id else str(entry.actor)


def _booked(told: _Told) -> str:
    return _("%(who)s booked %(window)s.") % {"who": told.who, "window": told.span("during", "new")}


def _moved(told: _Told) -> str:
    spans = {"old": told.span("during", "old"), "new": told.span("during", "new")}
    return _("%(who)s moved it from %(old)s to %(new)s.") % {"who": told.who, **spans}


def _edited(told: _Told) -> str:
    purpose = told.change("purpose")
    if purpose is None or not purpose.new:
        return _("%(who)s changed the notes.") % {"who": told.who}
    return _("%(who)s changed the purpose to “%(purpose)s”.") % {"who": told.who, "purpose": purpose.new}


def _cancelled(told: _Told) -> str:
    return _("%(who)s cancelled it.") % {"who": told.who}


def _closed(told: _Told) -> str:
    return _("%(who)s closed the instrument for %(window)s.") % {
        "who": told.who,
        "window": told.span("during", "new"),
    }


def _advanced(told: _Told) -> str:
    status = told.change("status")
    if status and status.new == Status.IN_USE:
        return _("The booked time began.")
    return _("The booked time ended.")


def _other(told: _Told) -> str:
    status = told.change("status")
    word = Status(status.new).label if status and status.new in Status.values else told.entry.command
    return _("%(who)s: %(what)s.") % {"who": told.who, "what": word}


_TEXTS: Final[dict[str, Callable[[_Told], str]]] = {
    "book": _booked,
    "reschedule": _moved,
    "edit": _edited,
    "cancel": _cancelled,
    "close": _closed,
    "advance": _advanced,
}
