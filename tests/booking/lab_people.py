"""What people do in the lab with single bookings: hold, book, move, cancel, decide, come and leave."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from booking.reservations.commands.approve_reservation import approve_reservation
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.decline_reservation import decline_reservation
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.extend_reservation import extend_reservation
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.let_go import let_go
from booking.reservations.commands.mark_no_show import mark_no_show
from booking.reservations.commands.renew_hold import renew_hold
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.models import Reservation, Status
from core import clock
from core.windows import TimeWindow
from tests.booking.lab import ANY, COMING, LENGTHS, STARTS, STEP, WHICH, WHO, LabBase
from tests.booking.lab_model import Known

HOLDING = st.sampled_from(["confirm", "renew", "let_go"])


class People(LabBase):
    """Commands on one reservation."""

    @rule(number=WHICH, start=STARTS, length=LENGTHS, places=st.integers(1, 2), who=WHO)
    def book(self, number: int, start: int, length: int, places: int, who: int) -> None:
        window, places = self._window(start, length), places if number == 1 else 1
        expected = self.bookable(number, window, places)
        made = self._tried(
            lambda: book(
                viewer=self.owners[who],
                instrument=self.instruments[number],
                window=window,
                wanted=Wanted(places=places),
            )
        )
        assert (made is None) == (expected is None), (window, expected, made)
        if made is not None and expected is not None:
            asks = number == 2 and window.starts_at > clock.now()  # nobody could decide in time on what begins now
            assert made.status == (Status.REQUESTED if asks else Status.CONFIRMED)
            self._remember(made, number, window, expected, who)

    @rule(number=WHICH, start=STARTS, length=LENGTHS, who=WHO, then=st.none() | HOLDING)
    def hold(self, number: int, start: int, length: int, who: int, then: str | None) -> None:
        """then: what comes of it at once."""
        window = self._window(start, length)
        expected = self.bookable(number, window, 1)
        holds = [
            each
            for each in self.known.values()
            if each.status == Status.HELD and each.owner == who and not each.is_offer
        ]
        if len(holds) >= 2:
            expected = None
        made = self._tried(
            lambda: hold_window(
                viewer=self.owners[who], instrument=self.instruments[number], window=window, wanted=Wanted()
            )
        )
        assert (made is None) == (expected is None), (window, expected, made)
        if made is not None and expected is not None:
            self._remember(made, number, window, expected, who)
            if then:
                self._go_on(made.pk, then)

    @precondition(lambda self: self._some(0, Status.HELD, offers=False) is not None)
    @rule(pick=ANY, command=HOLDING)
    def go_on_with_hold(self, pick: int, command: str) -> None:
        self._go_on(self._found(pick, Status.HELD, offers=False), command)

    def _go_on(self, key: int, command: str) -> None:
        known, row, viewer = self.known[key], self._row(key), self._owner(key)
        acts: dict[str, Callable[[], Reservation]] = {
            "confirm": lambda: confirm_hold(viewer=viewer, hold=row, window=known.window, wanted=Wanted()),
            "renew": lambda: renew_hold(viewer=viewer, hold=row),
            "let_go": lambda: let_go(viewer=viewer, hold=row),
        }
        places = self.bookable(known.instrument, known.window, 1, key)
        answer = self._tried(acts[command])
        refused = (command == "renew" and known.is_extended) or (command == "confirm" and places is None)
        assert (answer is None) == refused
        if answer is not None:
            if command == "confirm" and places is not None:
                self.take(key, known.window, places)
            known.status = answer.status
            known.commands.append(command)
            known.is_extended |= command == "renew" and clock.now() > known.made_at

    @precondition(lambda self: self._some(0) is not None)
    @rule(pick=ANY, by_owner=st.booleans())
    def cancel(self, pick: int, by_owner: bool) -> None:
        key = self._found(pick)
        known = self.known[key]
        viewer = self._owner(key) if by_owner else self.manager
        answer = self._tried(lambda: cancel_reservation(viewer=viewer, reservation=self._row(key), reason="Leak"))
        assert (answer is not None) == (known.status in COMING)
        if answer is not None:
            known.status = Status.CANCELLED
            known.commands.append("cancel")

    @precondition(lambda self: self._some(0, Status.REQUESTED, Status.CONFIRMED) is not None)
    @rule(pick=ANY, start=STARTS, length=LENGTHS)
    def move(self, pick: int, start: int, length: int) -> None:
        key = self._found(pick, Status.REQUESTED, Status.CONFIRMED)
        known, window = self.known[key], self._window(start, length)
        expected = self.bookable(known.instrument, window, len(known.places), key)
        viewer = self._owner(key)
        answer = self._tried(
            lambda: reschedule_reservation(viewer=viewer, reservation=self._row(key), window=window)
        )
        assert (answer is None) == (expected is None), (known, window, expected)
        if answer is not None and expected is not None:
            self.take(key, window, expected)
            known.status = answer.status
            known.commands.append("reschedule")

    @precondition(lambda self: self._some(0, Status.REQUESTED) is not None)
    @rule(pick=ANY)
    def approve(self, pick: int) -> None:
        key = self._found(pick, Status.REQUESTED)
        answer = approve_reservation(viewer=self.manager, reservation=self._row(key))
        self.known[key].status = answer.status
        self.known[key].commands.append("approve")

    @precondition(lambda self: self._some(0, Status.REQUESTED) is not None)
    @rule(pick=ANY)
    def decline(self, pick: int) -> None:
        key = self._found(pick, Status.REQUESTED)
        answer = decline_reservation(viewer=self.manager, reservation=self._row(key), reason="No time")
        self.known[key].status = answer.status
        self.known[key].commands.append("decline")

    @precondition(lambda self: self._some(0, Status.CONFIRMED) is not None)
    @rule(pick=ANY)
    def come(self, pick: int) -> None:
        """One of those who are next comes five minutes early, unless others keep the clock from it."""
        due = [
            key for key, known in self.known.items() if known.owner is not None and known.status == Status.CONFIRMED
        ]
        due.sort(key=lambda key: (self.known[key].window.starts_at, key))
        key = due[pick % len(due[:2])]
        known = self.known[key]
        ahead = known.window.starts_at - timedelta(minutes=5) - clock.now()
        if timedelta() < ahead < timedelta(hours=2):
            self._pass(ahead)
        answer = self._tried(lambda: check_in(viewer=self._owner(key), reservation=self._row(key)))
        if answer is not None:
            assert known.window.starts_at - timedelta(minutes=15) <= clock.now() < known.window.ends_at
            known.status = Status.IN_USE
            known.commands.append("check_in")

    @precondition(lambda self: self._some(0, Status.IN_USE) is not None)
    @rule(pick=ANY)
    def leave(self, pick: int) -> None:
        key = self._found(pick, Status.IN_USE)
        known = self.known[key]
        check_out(viewer=self._owner(key), reservation=self._row(key))
        known.status, known.ended_at = Status.COMPLETED, clock.now()
        known.commands.append("check_out")

    @rule(number=WHICH, start=STARTS, length=LENGTHS, reopens=st.booleans())
    def close(self, number: int, start: int, length: int, reopens: bool) -> None:
        window = self._window(start, length)
        met = any(at.overlaps(window) for _, at in self.taken(number))
        made = self._tried(
            lambda: close_instrument(
                viewer=self.manager, instrument=self.instruments[number], window=window, reason="Leak"
            )
        )
        assert (made is None) == met, (window, made)
        if made is not None:
            places = list(range(1, self.capacity[number] + 1))
            self.known[made] = Known(number, window, places, Status.CONFIRMED, commands=["close"])
            if reopens:
                self._reopen(made)

    @precondition(lambda self: self._some(0, Status.CONFIRMED, Status.IN_USE, uses=False) is not None)
    @rule(pick=ANY)
    def reopen(self, pick: int) -> None:
        self._reopen(self._found(pick, Status.CONFIRMED, Status.IN_USE, uses=False))

    def _reopen(self, key: int) -> None:
        known = self.known[key]
        answer = self._tried(lambda: reopen_instrument(viewer=self.manager, closure=self._row(key)))
        if answer is not None:
            known.status, known.ended_at = answer.status, clock.now()
            known.commands.append("cancel" if answer.status == Status.CANCELLED else "reopen")

    @precondition(lambda self: self._some(0, *COMING) is not None)
    @rule(pick=ANY)
    def edit(self, pick: int) -> None:
        key = self._found(pick, *COMING)
        edit_reservation(viewer=self._owner(key), reservation=self._row(key), purpose=f"Sample {pick}")
        self.known[key].commands.append("edit")

    @precondition(lambda self: self._some(0, Status.IN_USE) is not None)
    @rule(pick=ANY, length=LENGTHS)
    def extend(self, pick: int, length: int) -> None:
        """Later, if its own places are free until then; earlier, and the rest is free."""
        key = self._found(pick, Status.IN_USE)
        known, before = self.known[key], self.known[key].occupied
        assert before is not None
        window = TimeWindow(known.window.starts_at, known.window.starts_at + length * STEP)
        answer = self._tried(
            lambda: extend_reservation(viewer=self._owner(key), reservation=self._row(key), ends_at=window.ends_at)
        )
        if window.ends_at < clock.now():
            assert answer is None
        if answer is None:
            return
        known.commands.append("extend")
        if window.ends_at > before.ends_at:
            self.take(key, TimeWindow(window.starts_at, max(window.ends_at, known.window.ends_at)), known.places)
        known.ended_at = window.ends_at if window.ends_at < known.window.ends_at else None

    @precondition(lambda self: self._some(0, Status.CONFIRMED, Status.IN_USE) is not None)
    @rule(pick=ANY)
    def miss(self, pick: int) -> None:
        """Staff say that nobody came: after its start, and unless somebody has said that they are there."""
        key = self._found(pick, Status.CONFIRMED, Status.IN_USE)
        known, row = self.known[key], self._row(key)
        answer = self._tried(lambda: mark_no_show(viewer=self.manager, reservation=row, reason="Empty"))
        begun = known.window.starts_at <= clock.now()
        assert (answer is not None) == (begun and (known.status == Status.CONFIRMED or row.use_is_assumed))
        if answer is not None:
            known.status = Status.NO_SHOW
            known.commands.append("no_show")
