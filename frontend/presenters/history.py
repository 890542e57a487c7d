"""The history of a booking in sentences."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from booking.intake.questions import Question
from booking.reservations.models import Status
from booking.reservations.selectors.history import FILLED, Change, Entry
from booking.reservations.states import TRANSITIONS
from core.money import yuan
from frontend.presenters.filled import change_in_words
from frontend.templatetags.figures import window as window_text


@dataclass(frozen=True, slots=True)
class Sentence:
    """What somebody did, and when. reason: their own words; details: what was filled in anew."""

    at: datetime
    text: str
    reason: str
    details: tuple[str, ...] = ()


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


def sentences(
    entries: list[Entry], viewer: Viewer, zone: str, questions: Sequence[Question] = ()
) -> list[Sentence]:
    """Oldest first; the viewer is addressed as you. questions: whose answers may have changed."""
    told = [_Told(entry, _who(entry, viewer), zone) for entry in entries]
    return [
        Sentence(
            each.entry.at,
            _sentence(each),
            each.entry.reason,
            tuple(_details(each.entry, questions)),
        )
        for each in told
    ]


def _sentence(told: _Told) -> str:
    """What happened, and who runs it from then on where the sentence does not say."""
    sentence = _TEXTS.get(told.entry.command, _other)(told)
    names = ", ".join(told.entry.run_by)
    if not names or sentence == _operator_changed(told):
        return sentence
    return _("%(sentence)s Now run by %(names)s.") % {"sentence": sentence, "names": names}


def _details(entry: Entry, questions: Sequence[Question]) -> Iterator[str]:
    """Only of changes: what a booking began with stands above."""
    if entry.command in ("edit", "reschedule"):
        for change in entry.changes:
            if change.field in FILLED:
                yield from change_in_words(change, questions)


def worded_commands() -> frozenset[str]:
    """Commands with a sentence of their own."""
    return frozenset(_TEXTS)


def _who(entry: Entry, viewer: Viewer) -> str:
    if entry.actor is None:
        return _("The system")
    return _("You") if entry.actor.pk == viewer.user_id else str(entry.actor)


def _window(told: _Told) -> dict[str, str]:
    return {"who": told.who, "window": told.span("during", "new")}


def _held(told: _Told) -> str:
    return _("%(who)s began to book %(window)s.") % _window(told)


def _offered(told: _Told) -> str:
    return _("%(window)s became free and was offered from the waiting list.") % _window(told)


def _renewed(told: _Told) -> str:
    return _("%(who)s kept the window a little longer.") % {"who": told.who}


def _let_go(told: _Told) -> str:
    return _("%(who)s gave the window back.") % {"who": told.who}


def _lapsed(told: _Told) -> str:
    status = told.change("status")
    if status and status.old == Status.REQUESTED:
        return _("Nobody decided in time; the request expired.")
    return _("The window was not booked in time and became free again.")


def _booked(told: _Told) -> str:
    status = told.change("status")
    if status and status.new == Status.REQUESTED:
        return _("%(who)s asked for %(window)s.") % _window(told)
    return _("%(who)s booked %(window)s.") % _window(told)


def _moved(told: _Told) -> str:
    if told.change("instrument_id"):
        return _("%(who)s moved it to another instrument.") % {"who": told.who}
    if not told.change("during"):
        return _edited(told)
    spans = {"old": told.span("during", "old"), "new": told.span("during", "new")}
    return _with_fee(told, _("%(who)s moved it from %(old)s to %(new)s.") % {"who": told.who, **spans})


def _operator_changed(told: _Told) -> str:
    if told.entry.run_by:
        return _("%(who)s let %(names)s run it.") % {"who": told.who, "names": ", ".join(told.entry.run_by)}
    return _("%(who)s let somebody else run it.") % {"who": told.who}


def _edited(told: _Told) -> str:
    if any(told.change(field) for field in FILLED):
        return _("%(who)s changed what was filled in.") % {"who": told.who}
    purpose = told.change("purpose")
    if purpose is None and told.change("note") is None:
        return _operator_changed(told) if told.entry.run_by else _other(told)
    if purpose is None or not purpose.new:
        return _("%(who)s changed the notes.") % {"who": told.who}
    return _("%(who)s changed the purpose to “%(purpose)s”.") % {"who": told.who, "purpose": purpose.new}


def _confirmed(told: _Told) -> str:
    if told.change("during"):
        return _booked(told)
    status = told.change("status")
    if status and status.new == Status.REQUESTED:
        return _("%(who)s asked for the window that was kept.") % {"who": told.who}
    return _("%(who)s booked the window that was kept.") % {"who": told.who}


def _approved(told: _Told) -> str:
    return _("%(who)s approved it.") % {"who": told.who}


def _declined(told: _Told) -> str:
    return _("%(who)s declined it.") % {"who": told.who}


def _cancelled(told: _Told) -> str:
    return _with_fee(told, _("%(who)s cancelled it.") % {"who": told.who})


def _with_fee(told: _Told, sentence: str) -> str:
    """What giving the time back late costs, where it costs something more than before."""
    fee = told.change("fee_fen")
    if fee is None or fee.new <= (fee.old or 0):
        return sentence
    return _("%(sentence)s That was late; the fee is ¥%(fee)s.") % {"sentence": sentence, "fee": yuan(fee.new)}


def _fee_waived(told: _Told) -> str:
    if told.entry.actor is None:
        return _("The time was taken again; the fee for cancelling late is waived.")
    return _("%(who)s waived the fee for cancelling late.") % {"who": told.who}


def _closed(told: _Told) -> str:
    return _("%(who)s closed the instrument for %(window)s.") % _window(told)


def _reopened(told: _Told) -> str:
    return _("%(who)s opened the instrument again.") % {"who": told.who}


def _places_changed(told: _Told) -> str:
    return _("%(who)s changed how many places the instrument has; the closure takes them all.") % {"who": told.who}


def _checked_in(told: _Told) -> str:
    return _("%(who)s checked in.") % {"who": told.who}


def _checked_out(told: _Told) -> str:
    return _("%(who)s checked out.") % {"who": told.who}


def _end_moved(told: _Told) -> str:
    if told.change("during"):
        return _("%(who)s extended it to %(window)s.") % _window(told)
    return _("%(who)s changed when the use ends.") % {"who": told.who}


def _cut_short(told: _Told) -> str:
    return _("%(who)s let it end earlier: %(window)s.") % _window(told)


def _not_come(told: _Told) -> str:
    if told.entry.actor is None:
        return _("Nobody checked in; the place was released.")
    return _("%(who)s noted that nobody came; the place was released.") % {"who": told.who}


def _called_off(told: _Told) -> str:
    return _("The instrument was out of order; the booking was called off and costs nothing.")


def _overran(told: _Told) -> str:
    return _("Nobody checked out; the agreed end was taken.")


def _started(told: _Told) -> str:
    return _("The booked time began.")


def _completed(told: _Told) -> str:
    return _("The booked time ended.")


def _advanced(told: _Told) -> str:
    """Rows of former versions, which did not tell the two apart."""
    status = told.change("status")
    return _started(told) if status and status.new == Status.IN_USE else _completed(told)


def _other(told: _Told) -> str:
    """What a command means in general, where it has no sentence of its own."""
    known = TRANSITIONS.get(told.entry.command)
    return _("%(who)s: %(what)s") % {"who": told.who, "what": known.meaning if known else told.entry.command}


_TEXTS: Final[dict[str, Callable[[_Told], str]]] = {
    "hold": _held,
    "offer": _offered,
    "renew": _renewed,
    "let_go": _let_go,
    "expire": _lapsed,
    "confirm": _confirmed,
    "book": _booked,
    "reschedule": _moved,
    "change_operator": _operator_changed,
    "edit": _edited,
    "cancel": _cancelled,
    "approve": _approved,
    "decline": _declined,
    "waive_fee": _fee_waived,
    "close": _closed,
    "reopen": _reopened,
    "set_capacity": _places_changed,
    "check_in": _checked_in,
    "check_out": _checked_out,
    "extend": _end_moved,
    "cut_short": _cut_short,
    "no_show": _not_come,
    "call_off": _called_off,
    "end_overrun": _overran,
    "start": _started,
    "complete": _completed,
    "advance": _advanced,
}
