"""Booking: row, claims, history and events together; waivers; what is refused and how."""

from typing import Any

import pytest

from accounts.models import Role, Tier, User
from accounts.viewers import ANONYMOUS
from booking.calendars.errors import SlotTaken
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.errors import RuleViolations, WaiverRefused
from booking.reservations.events import ReservationBooked
from booking.reservations.models import Reservation, Waiver
from booking.reservations.selectors.history import history_of
from core.errors import Forbidden, NotSignedIn
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise, make_viewer, manager_of
from tests.factories.booking import (
    booked,
    claims_of,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_book__free_slot__row_as_agreed(instrument: Instrument) -> None:
    firm = make_enterprise()
    viewer = firm_user(firm)
    reservation = booked(instrument, viewer, slot("09:00", 2), purpose="XRD", note="Two", account_id=firm.pk)
    assert (reservation.status, reservation.kind, reservation.version) == ("confirmed", "use", 1)
    assert (reservation.user_id, reservation.booked_by_id) == (viewer.user_id, viewer.user_id)
    assert (reservation.account_id, reservation.tier) == (firm.pk, Tier.ENTERPRISE)
    assert (reservation.purpose, reservation.note) == ("XRD", "Two")
    assert TimeWindow.of(reservation.during) == slot("09:00", 2)
    assert reservation.total_fen == 48_000
    assert [line["amount_fen"] for line in reservation.quote["lines"]] == [48_000]


def test_book__free_slot__claim_history_revision_and_events_together(
    instrument: Instrument, published: list[Event]
) -> None:
    before = revision_of(instrument)
    viewer = firm_user()
    reservation = booked(instrument, viewer)
    window = slot()
    (entry,) = history_of(reservation)
    assert claims_of(instrument) == [(1, window)]
    assert (entry.command, entry.actor) == ("book", User.objects.get(pk=viewer.person_id))
    assert revision_of(instrument) == before + 1
    assert published[-2:] == [
        ReservationBooked(reservation.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, before + 1, window.starts_at, window.ends_at),
    ]


def test_book__turnaround__claimed_behind_the_window_but_not_part_of_it() -> None:
    instrument = open_instrument(turnaround=30)
    reservation = booked(instrument, window=slot("09:00", 1))
    assert claims_of(instrument) == [(1, slot("09:00", 1.5))]
    assert (TimeWindow.of(reservation.during), reservation.turnaround_minutes) == (slot("09:00", 1), 30)
    with pytest.raises(SlotTaken):
        booked(instrument, window=slot("10:00", 1))
    booked(instrument, window=slot("10:30", 1))


def test_book__touching_bookings__do_not_collide(instrument: Instrument) -> None:
    for start in ("11:00", "09:00", "13:00"):
        booked(instrument, window=slot(start))
    assert len(claims_of(instrument)) == 3


def test_book__taken__slot_taken_with_violation_and_alternatives(instrument: Instrument) -> None:
    booked(instrument)
    revision = revision_of(instrument)
    with pytest.raises(SlotTaken) as refusal:
        booked(instrument, window=slot("10:00", 1))
    (broken,) = refusal.value.extra["violations"]
    assert (broken.code, broken.nearest) == ("place_free", slot("11:00", 1))
    assert next(offer.window for offer in refusal.value.extra["alternatives"]) == slot("11:00", 1)
    assert (revision_of(instrument), Reservation.objects.count()) == (revision, 1)


def test_book__rules_broken__all_of_them_and_nothing_written(
    instrument: Instrument, published: list[Event]
) -> None:
    with pytest.raises(RuleViolations) as refusal:
        booked(instrument, window=slot("07:10", 0.25))
    codes = [broken.code for broken in refusal.value.extra["violations"]]
    assert codes == ["min_duration", "on_grid", "starts_in_future", "within_opening_hours"]
    assert (Reservation.objects.count(), claims_of(instrument), published) == (0, [], [])


def test_book__closed__slot_taken_by_not_closed(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    close_instrument(viewer=manager, instrument=instrument, window=slot(), reason="Leak")
    with pytest.raises(SlotTaken) as refusal:
        booked(instrument)
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["not_closed"]


def test_book__two_places__two_claims_and_the_third_is_refused() -> None:
    instrument = open_instrument(places=2)
    booked(instrument, places=2)
    assert claims_of(instrument) == [(1, slot()), (2, slot())]
    with pytest.raises(SlotTaken):
        booked(instrument)


def test_book__more_places_than_there_are__refused(instrument: Instrument) -> None:
    with pytest.raises(SlotTaken) as refusal:
        booked(instrument, places=2)
    (broken,) = refusal.value.extra["violations"]
    assert (broken.limit, broken.actual) == (1, 2)


@pytest.mark.parametrize("status", ["draft", "suspended", "retired"])
def test_book__instrument_not_published__refused_without_alternatives(status: str) -> None:
    with pytest.raises(RuleViolations) as refusal:
        booked(open_instrument(status=status))
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["instrument_open_for_booking"]
    assert refusal.value.extra["alternatives"] == ()


def test_book__deactivated_meanwhile__refused(instrument: Instrument) -> None:
    viewer = firm_user()
    User.objects.filter(pk=viewer.person_id).update(is_active=False)
    with pytest.raises(RuleViolations) as refusal:
        booked(instrument, viewer)
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["requester_active"]


def test_book__anonymous__not_signed_in(instrument: Instrument) -> None:
    with pytest.raises(NotSignedIn):
        book(viewer=ANONYMOUS, instrument=instrument, window=slot())


def test_book__for_a_firm_one_does_not_belong_to__forbidden(instrument: Instrument) -> None:
    with pytest.raises(Forbidden):
        booked(instrument, account_id=make_enterprise().pk)


@pytest.mark.parametrize("tier", list(Tier))
def test_book__any_tier__price_of_that_tier(instrument: Instrument, tier: Tier) -> None:
    viewers = {
        Tier.INTERNAL: operator_of(instrument.institution),
        Tier.MEMBER: manager_of(make_bookable().institution),
        Tier.ENTERPRISE: firm_user(),
        Tier.EXTERNAL: make_viewer(),
    }
    prices = {"internal": 10_000, "member": 15_000, "enterprise": 24_000, "external": 30_000}
    reservation = booked(instrument, viewers[tier], slot(hours=1))
    assert (reservation.tier, reservation.total_fen) == (tier, prices[tier])


def waived(instrument: Instrument, viewer: Any, **waivers: str) -> Reservation:
    key = book(viewer=viewer, instrument=instrument, window=slot("18:00", 2), waivers=waivers).pk
    return Reservation.objects.get(pk=key)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER, Role.ADMIN])
def test_book__waived_by_staff__stored_with_who_and_why(instrument: Instrument, role: Role) -> None:
    viewer = make_viewer(role, institution=instrument.institution)
    reservation = waived(instrument, viewer, within_opening_hours=" Night run ")
    (waiver,) = Waiver.objects.all()
    assert (waiver.reservation_id, waiver.code) == (reservation.pk, "within_opening_hours")
    assert (waiver.reason, waiver.by_id) == ("Night run", viewer.user_id)
    context = reservation.events.get().pgh_context  # type: ignore[attr-defined]
    assert context["waivers"] == {"within_opening_hours": "Night run"}


def test_book__waived_by_a_customer__refused(instrument: Instrument) -> None:
    with pytest.raises(WaiverRefused):
        waived(instrument, firm_user(), within_opening_hours="please")


def test_book__waived_by_staff_of_another_institution__refused(instrument: Instrument) -> None:
    with pytest.raises(WaiverRefused):
        waived(instrument, manager_of(make_bookable().institution), within_opening_hours="please")


@pytest.mark.parametrize(
    "waivers",
    [
        {"nothing": "x"},
        {"within_opening_hours": " "},
        {"window_valid": "x", "no_such": "y"},
        {"within_opening_hours": "Night run", "on_grid": "is not broken"},
    ],
)
def test_book__waiver_without_sense__refused(instrument: Instrument, waivers: dict[str, str]) -> None:
    with pytest.raises(WaiverRefused):
        waived(instrument, manager_of(instrument.institution), **waivers)


def test_book__group_a_waived_by_an_admin__refused() -> None:
    instrument = open_instrument(status="suspended")
    admin = make_viewer(Role.ADMIN)
    with pytest.raises(WaiverRefused):
        book(
            viewer=admin,
            instrument=instrument,
            window=slot(),
            waivers={"instrument_open_for_booking": "I may everything"},
        )


def test_book__some_left_unwaived__only_those_come_back(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    with pytest.raises(RuleViolations) as refusal:
        book(viewer=manager, instrument=instrument, window=slot("18:10", 1), waivers={"on_grid": "x"})
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["within_opening_hours"]


def test_book__queries__lock_context_write_waivers(instrument: Instrument, django_assert_num_queries: Any) -> None:
    """Savepoint, lock, context, write; the release of the savepoint. Source: engine.md, "One transaction"."""
    viewer, wanted = firm_user(), Wanted(purpose="x")
    with django_assert_num_queries(5):
        book(viewer=viewer, instrument=instrument, window=slot(), wanted=wanted)
