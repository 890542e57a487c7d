"""Cancelling, moving and editing what was booked."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars.errors import SlotTaken
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Claim
from booking.pricing.commands.set_hourly_rates import set_hourly_rates
from booking.reservations.commands.cancel_reservation import ReasonRequired, cancel_reservation
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import ReservationEnded, ReservationRunning, RuleViolations
from booking.reservations.events import ReservationCancelled, ReservationRescheduled
from booking.reservations.models import OCCUPYING, Reservation, Status, Waiver
from booking.reservations.selectors.history import history_of
from core.errors import NotFound, Stale
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    MONDAY,
    booked,
    claims_of,
    firm_user,
    open_instrument,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def cancel(viewer: Viewer, reservation: Reservation, **more: Any) -> Reservation:
    return cancel_reservation(viewer=viewer, reservation=reservation, **more)


def move(viewer: Viewer, reservation: Reservation, window: TimeWindow, **more: Any) -> Reservation:
    return reschedule_reservation(viewer=viewer, reservation=reservation, window=window, **more)


def test_cancel__own__row_claims_history_and_events_together(
    instrument: Instrument, owner: Viewer, published: list[Event]
) -> None:
    reservation = booked(instrument, owner)
    published.clear()
    cancel(owner, reservation)
    reservation.refresh_from_db()
    window = slot()
    assert (reservation.status, reservation.version, claims_of(instrument)) == ("cancelled", 2, [])
    assert [entry.command for entry in history_of(reservation)] == ["book", "cancel"]
    assert [change.field for change in history_of(reservation)[1].changes] == ["status"]
    assert published == [
        ReservationCancelled(reservation.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, revision_of(instrument), window.starts_at, window.ends_at),
    ]
    booked(instrument)


def test_cancel__somebody_elses__needs_a_reason_that_is_kept(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner)
    manager = manager_of(instrument.institution)
    for nothing in ("", "  "):
        with pytest.raises(ReasonRequired):
            cancel(manager, reservation, reason=nothing)
    assert cancel(manager, reservation, reason=" Laser broken ").ended_reason == "Laser broken"
    assert history_of(reservation)[1].reason.strip() == "Laser broken"


def test_cancel__stale_version__refused_with_the_present_one(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner)
    edit_reservation(viewer=owner, reservation=reservation, note="x")
    with pytest.raises(Stale) as refusal:
        cancel(owner, reservation, expected_version=1)
    assert refusal.value.extra == {"version": 2}
    assert cancel(owner, reservation, expected_version=2).status == "cancelled"


ENDED = [status for status in Status if status not in OCCUPYING]
CHANGES: dict[str, Callable[[Viewer, Reservation], Any]] = {
    "cancel": cancel,
    "move": lambda viewer, reservation: move(viewer, reservation, slot("14:00")),
    "edit": lambda viewer, reservation: edit_reservation(viewer=viewer, reservation=reservation, note="x"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("status", ENDED)
def test_change__reservation_ended__refused(
    instrument: Instrument, owner: Viewer, change: str, status: Status
) -> None:
    reservation = booked(instrument, owner)
    Claim.objects.all().delete()
    Reservation.objects.filter(pk=reservation.pk).update(status=status)
    with pytest.raises(ReservationEnded) as refusal:
        CHANGES[change](owner, reservation)
    assert refusal.value.extra == {"reservation_status": status}


@pytest.mark.parametrize("change", CHANGES)
def test_change__gone_meanwhile__not_found(instrument: Instrument, owner: Viewer, change: str) -> None:
    reservation = booked(instrument, owner)
    reservation.pk += 1
    with pytest.raises(NotFound):
        CHANGES[change](owner, reservation)


def test_change__in_use__refused(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner)
    Reservation.objects.update(status="in_use")
    for change in CHANGES.values():
        with pytest.raises(ReservationRunning):
            change(owner, reservation)


def test_move__free_window__same_row_new_claim_and_hull_of_both_told(
    instrument: Instrument, owner: Viewer, published: list[Event]
) -> None:
    reservation = booked(instrument, owner)
    published.clear()
    moved = move(owner, reservation, slot("14:00", 1))
    assert (moved.pk, moved.version, moved.total_fen) == (reservation.pk, 2, 24_000)
    assert claims_of(instrument) == [(1, slot("14:00", 1))]
    assert TimeWindow.of(Reservation.objects.get().during) == slot("14:00", 1)
    assert history_of(moved)[1].command == "reschedule"
    window, hull = slot("14:00", 1), slot("09:00", 6)
    assert published == [
        ReservationRescheduled(moved.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, revision_of(instrument), hull.starts_at, hull.ends_at),
    ]


def test_move__overlapping_itself__its_own_claim_does_not_hinder(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner, slot("09:00", 2))
    move(owner, reservation, slot("10:00", 2))
    assert claims_of(instrument) == [(1, slot("10:00", 2))]


def test_move__onto_another__slot_taken_and_everything_as_before(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner, slot("09:00", 1))
    booked(instrument, window=slot("11:00", 1))
    revision = revision_of(instrument)
    with pytest.raises(SlotTaken):
        move(owner, reservation, slot("10:30", 1))
    reservation.refresh_from_db()
    assert (reservation.version, revision_of(instrument), len(claims_of(instrument))) == (1, revision, 2)


def test_move__rules_broken__all_checked_on_the_new_window(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner)
    with pytest.raises(RuleViolations) as refusal:
        move(owner, reservation, slot("18:10", 1))
    codes = [broken.code for broken in refusal.value.extra["violations"]]
    assert codes == ["on_grid", "within_opening_hours"]


def test_move__waived_twice__newest_reason_kept(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner)
    manager = manager_of(instrument.institution)
    for number in (1, 2):
        waivers = {"within_opening_hours": f"reason {number}"}
        move(manager, reservation, slot(f"{17 + number}:00"), waivers=waivers)
    assert Waiver.objects.get().reason == "reason 2"


def test_move__by_staff__tier_and_price_stay_the_beneficiarys(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner, slot(hours=1))
    manager = manager_of(instrument.institution)
    moved = move(manager, reservation, slot("13:00", 1))
    assert (moved.tier, moved.total_fen, moved.user_id) == (Tier.ENTERPRISE, 24_000, owner.user_id)


def test_price__new_card__frozen_quote_stays_until_moved(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner, slot(hours=1))
    manager = manager_of(instrument.institution)
    set_hourly_rates(viewer=manager, instrument=instrument, hourly_fen={Tier.ENTERPRISE: 100}, from_on=MONDAY)
    reservation.refresh_from_db()
    assert reservation.total_fen == 24_000
    assert move(owner, reservation, slot("13:00", 1)).total_fen == 100


def test_move__two_places__keeps_both() -> None:
    instrument = open_instrument(places=3, turnaround=30)
    owner = firm_user()
    reservation = booked(instrument, owner, places=2)
    move(owner, reservation, slot("12:00", 1))
    assert claims_of(instrument) == [(1, slot("12:00", 1.5)), (2, slot("12:00", 1.5))]


def test_move__closure__costs_nothing_and_takes_every_place() -> None:
    instrument = open_instrument(places=2, turnaround=30)
    manager = manager_of(instrument.institution)
    key = close_instrument(viewer=manager, instrument=instrument, window=slot(), reason="Leak")
    moved = move(manager, Reservation.objects.get(pk=key), slot("20:00", 1))
    assert (moved.total_fen, moved.quote) == (0, {"lines": []})
    assert claims_of(instrument) == [(1, slot("20:00", 1)), (2, slot("20:00", 1))]


def test_edit__purpose_and_note__version_and_history_but_no_revision(instrument: Instrument, owner: Viewer) -> None:
    reservation = booked(instrument, owner, purpose="old", note="kept")
    revision = revision_of(instrument)
    edited = edit_reservation(viewer=owner, reservation=reservation, purpose="new", expected_version=1)
    assert (edited.purpose, edited.note, edited.version) == ("new", "kept", 2)
    (change,) = history_of(edited)[1].changes
    assert (change.field, change.old, change.new) == ("purpose", "old", "new")
    assert revision_of(instrument) == revision
