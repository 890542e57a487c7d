"""Late cancellations: noted with their fee, shown before, waived when the time is taken again."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.reservations.commands.approve_reservation import approve_reservation
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.commands.waive_fee import NoFee, WaiveReasonRequired, waive_fee
from booking.reservations.commands.waive_retaken_fees import waive_retaken_fees
from booking.reservations.errors import CostChanged
from booking.reservations.events import LateFeeWaived
from booking.reservations.models import Reservation
from booking.reservations.process_settings import ApprovalMode
from booking.reservations.selectors.cancelling import Cancellation, cancellation_of
from booking.reservations.selectors.history import history_of
from core import clock
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise
from tests.factories.booking import (
    Api,
    booked,
    charging_when_late,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    problem,
    set_values,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
TUESDAY = slot(day=1)
"""Two hours at 240 yuan, 25 hours from now."""


@pytest.fixture
def instrument() -> Instrument:
    return charging_when_late()


def later(**span: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def late(instrument: Instrument, owner: Viewer, window: TimeWindow = TUESDAY) -> Reservation:
    """A booking that was cancelled two hours later, after the deadline."""
    made = booked(instrument, owner, window)
    with later(hours=2):
        return cancel_reservation(viewer=owner, reservation=made)


def is_waived(reservation: Reservation) -> bool:
    with later(hours=3):
        waive_retaken_fees()
    return Reservation.objects.values_list("fee_waived", flat=True).get(pk=reservation.pk)


@pytest.mark.parametrize(
    ("hours", "is_late", "fee_fen"), [(0, False, 0), (1, False, 0), (1.01, True, 24_000), (24.9, True, 24_000)]
)
def test_cancel__before_and_after_the_deadline__noted_with_its_fee(
    instrument: Instrument, owner: Viewer, hours: float, is_late: bool, fee_fen: int
) -> None:
    made = booked(instrument, owner, TUESDAY)
    with later(hours=hours):
        deadline = TUESDAY.starts_at - timedelta(days=1)
        assert cancellation_of(owner, made) == Cancellation(is_late, fee_fen, deadline)
        cancel_reservation(viewer=owner, reservation=made)
    made.refresh_from_db()
    assert (made.status, made.fee_fen, made.fee_waived) == ("cancelled", fee_fen, False)
    assert (made.late_during is not None) == is_late


@pytest.mark.parametrize(
    ("start", "minutes", "is_late"),
    [("14:00", 5, False), ("14:00", 6, True), ("09:00", 1, False), ("09:00", 4, True)],
)
def test_cancel__just_booked__free_unless_check_in_has_opened(
    instrument: Instrument, owner: Viewer, start: str, minutes: int, is_late: bool
) -> None:
    set_values(instrument, check_in_required=1, check_in_opens=15)
    with later(minutes=42):
        made = booked(instrument, owner, slot(start))
        with later(minutes=minutes):
            assert cancellation_of(owner, made).is_late == is_late


def test_cancel__terms_changed_meanwhile__those_of_the_booking_hold(instrument: Instrument, owner: Viewer) -> None:
    made = booked(instrument, owner, TUESDAY)
    set_values(instrument, late_cancel_fee_percent=100, cancellation_deadline=60 * 48)
    with later(hours=1):
        assert not cancellation_of(owner, made).is_late
    made.quote = {}
    assert cancellation_of(owner, made).is_late is False  # within five minutes
    with later(hours=1):
        assert cancellation_of(owner, made).fee_fen == 48_000


def test_cancel__no_deadline__never_late(owner: Viewer) -> None:
    instrument = make_bookable()
    set_values(instrument, cancellation_deadline=None, late_cancel_fee_percent=100)
    made = booked(instrument, owner, TUESDAY)
    with later(hours=24):
        assert cancellation_of(owner, made) == Cancellation(is_late=False, fee_fen=0, deadline=None)


def test_cancel__by_staff_or_while_it_is_a_request__not_late(instrument: Instrument, owner: Viewer) -> None:
    staff = operator_of(instrument.institution)
    made = booked(instrument, owner, TUESDAY)
    set_values(instrument, approval=ApprovalMode.ALWAYS)
    asked = booked(instrument, owner, slot("13:00", day=1))
    with later(hours=2):
        assert not cancellation_of(staff, made).is_late
        assert not cancellation_of(owner, asked).is_late
    with later(hours=6):
        asked = approve_reservation(viewer=staff, reservation=asked)
        assert cancellation_of(owner, asked).is_late


def test_cancel__costs_more_than_agreed__refused_and_nothing_changed(instrument: Instrument, owner: Viewer) -> None:
    made = booked(instrument, owner, TUESDAY)
    with later(hours=2):
        with pytest.raises(CostChanged) as refusal:
            cancel_reservation(viewer=owner, reservation=made, most_fen=0)
        assert refusal.value.extra == {"fee_fen": 24_000}
        assert cancel_reservation(viewer=owner, reservation=made, most_fen=24_000).fee_fen == 24_000


@pytest.mark.parametrize(("start", "day", "is_late"), [("13:00", 1, True), ("09:00", 2, True), ("09:30", 0, False)])
def test_reschedule__to_later_inside_the_deadline__noted_like_a_cancellation(
    instrument: Instrument, owner: Viewer, start: str, day: int, is_late: bool
) -> None:
    made = booked(instrument, owner, TUESDAY)
    with later(hours=1.2):
        moved = reschedule_reservation(viewer=owner, reservation=made, window=slot(start, day=day))
    moved.refresh_from_db()
    assert (moved.status, moved.fee_fen) == ("confirmed", 24_000 if is_late else 0)
    assert (moved.late_during is not None) == is_late
    if is_late:
        assert TimeWindow.of(moved.late_during) == TUESDAY


def test_cancel__moved_late_before__charged_once(instrument: Instrument, owner: Viewer) -> None:
    made = booked(instrument, owner, TUESDAY)
    with later(hours=2):
        moved = reschedule_reservation(viewer=owner, reservation=made, window=slot("13:00", 1, day=1))
        assert cancel_reservation(viewer=owner, reservation=moved).fee_fen == 24_000


def test_reschedule__shorter_inside_the_deadline__owes_for_what_is_given_back(
    instrument: Instrument, owner: Viewer
) -> None:
    made = booked(instrument, owner, slot("09:00", 8, day=1))
    with later(minutes=30):
        made = reschedule_reservation(viewer=owner, reservation=made, window=slot("09:00", 7, day=1))
        assert (made.fee_fen, made.late_during) == (0, None)
    with later(hours=2):
        made = reschedule_reservation(viewer=owner, reservation=made, window=slot("09:00", 4, day=1))
        assert (made.fee_fen, TimeWindow.of(made.late_during)) == (36_000, slot("13:00", 3, day=1))
        made = reschedule_reservation(viewer=owner, reservation=made, window=slot("09:00", 1, day=1))
        assert (made.fee_fen, TimeWindow.of(made.late_during)) == (72_000, slot("10:00", 6, day=1))
        made = cancel_reservation(viewer=owner, reservation=made)
    assert (made.fee_fen, TimeWindow.of(made.late_during)) == (84_000, slot("09:00", 7, day=1))


def test_reschedule__shorter_and_then_later_and_cancelled__owes_no_more_than_for_all(
    instrument: Instrument, owner: Viewer
) -> None:
    made = booked(instrument, owner, slot("09:00", 8, day=1))
    with later(hours=2):
        made = reschedule_reservation(viewer=owner, reservation=made, window=slot("09:00", 4, day=1))
        made = reschedule_reservation(viewer=owner, reservation=made, window=slot("13:00", 4, day=1))
        made = cancel_reservation(viewer=owner, reservation=made)
    made.refresh_from_db()
    assert made.fee_fen == 96_000


@pytest.mark.parametrize(("hours", "fee_fen"), [(2, 0), (3, 0), (1, 12_000)])
def test_reschedule__to_earlier_inside_the_deadline__owes_where_it_is_shorter(
    instrument: Instrument, owner: Viewer, hours: float, fee_fen: int
) -> None:
    made = booked(instrument, owner, TUESDAY)
    with later(hours=2):
        moved = reschedule_reservation(viewer=owner, reservation=made, window=slot("14:00", hours))
    assert (moved.fee_fen, moved.late_during is not None) == (fee_fen, fee_fen > 0)


def test_fee__given_back_by_shortening_and_taken__waived(instrument: Instrument, owner: Viewer) -> None:
    made = booked(instrument, owner, slot("09:00", 4, day=1))
    with later(hours=2):
        reschedule_reservation(viewer=owner, reservation=made, window=slot("09:00", 2, day=1))
        booked(instrument, window=slot("11:00", 2, day=1))
    assert is_waived(made)


def test_fee__time_taken_again_by_another__waived_once(
    instrument: Instrument, owner: Viewer, published: list[Event]
) -> None:
    given_up = late(instrument, owner)
    assert not is_waived(given_up)
    with later(hours=3):
        booked(instrument, window=TUESDAY)
        published.clear()
        assert (waive_retaken_fees(), waive_retaken_fees()) == (1, 0)
    assert published == [LateFeeWaived(given_up.pk, instrument.pk, TUESDAY.starts_at, TUESDAY.ends_at)]
    given_up.refresh_from_db()
    assert (given_up.fee_waived, given_up.fee_fen) == (True, 24_000)
    entry = history_of(given_up)[-1]
    assert (entry.command, entry.actor) == ("waive_fee", None)


def test_fee__moved_late_and_its_time_taken__waived(instrument: Instrument, owner: Viewer) -> None:
    made = booked(instrument, owner, TUESDAY)
    with later(hours=2):
        reschedule_reservation(viewer=owner, reservation=made, window=slot(day=2))
        booked(instrument, window=TUESDAY)
    assert is_waived(made)


def test_fee__job_was_late__waived_all_the_same(instrument: Instrument, owner: Viewer) -> None:
    given_up = late(instrument, owner)
    booked(instrument, window=TUESDAY)
    with later(hours=40):
        assert waive_retaken_fees() == 1
    assert is_waived(given_up)


def test_fee__time_taken_in_part_or_by_oneself_or_ones_firm__stays(instrument: Instrument) -> None:
    firm = make_enterprise()
    owner, colleague = firm_user(firm), firm_user(firm)
    made = booked(instrument, owner, TUESDAY, account_id=firm.pk)
    with later(hours=2):
        cancel_reservation(viewer=owner, reservation=made)
        own = booked(instrument, owner, TUESDAY)
    assert not is_waived(made)
    cancel_reservation(viewer=owner, reservation=own)
    of_firm = booked(instrument, colleague, TUESDAY, account_id=firm.pk)
    assert not is_waived(made)
    cancel_reservation(viewer=colleague, reservation=of_firm)
    booked(instrument, window=slot("09:00", 1.5, day=1))
    assert not is_waived(made)
    booked(instrument, window=slot("10:30", 0.5, day=1))
    assert is_waived(made)


def test_fee__another_place_is_still_free__stays(owner: Viewer) -> None:
    instrument = open_instrument(places=2)
    set_values(instrument, late_cancel_fee_percent=50)
    given_up = late(instrument, owner)
    booked(instrument, window=TUESDAY)
    assert not is_waived(given_up)
    booked(instrument, window=TUESDAY)
    assert is_waived(given_up)


def test_waive__by_staff__reason_kept_and_only_once(instrument: Instrument, owner: Viewer) -> None:
    given_up, staff = late(instrument, owner), operator_of(instrument.institution)
    with pytest.raises(WaiveReasonRequired):
        waive_fee(viewer=staff, reservation=given_up, reason=" ")
    waive_fee(viewer=staff, reservation=given_up, reason="Ill")
    assert history_of(given_up)[-1].reason == "Ill"
    with pytest.raises(NoFee):
        waive_fee(viewer=staff, reservation=given_up, reason="Ill")


def test_cancellation__over_the_api__cost_first_then_noted(instrument: Instrument, owner: Viewer) -> None:
    made, api = booked(instrument, owner, TUESDAY), Api(owner)
    path = f"reservations/{made.pk}"
    expected = {"late": False, "fee_fen": 0, "currency": "CNY", "deadline": "2035-03-05T09:00:00+08:00"}
    assert api.get(f"{path}/cancellation").json() == expected
    problem(Api(firm_user()).get(f"{path}/cancellation"), 404, "not_found")
    with later(hours=2):
        assert api.get(f"{path}/cancellation").json() == {**expected, "late": True, "fee_fen": 24_000}
        assert problem(api.post(f"{path}/cancel", {"most_fen": 5}), 409, "cost_changed")["fee_fen"] == 24_000
        document = api.post(f"{path}/cancel", {"most_fen": 24_000}).json()
    assert (document["late_cancelled"], document["fee_fen"], document["fee_waived"]) == (True, 24_000, False)


def test_waive__over_the_api__by_staff_alone(instrument: Instrument, owner: Viewer) -> None:
    given_up = late(instrument, owner)
    path, staff = f"reservations/{given_up.pk}/waive-fee", Api(operator_of(instrument.institution))
    problem(Api(owner).post(path, {"reason": "x"}), 403, "forbidden")
    problem(staff.post(path, {"reason": ""}), 422, "reason_required")
    assert staff.post(path, {"reason": "Ill"}).json()["fee_waived"] is True
    problem(staff.post(path, {"reason": "Ill"}), 409, "no_fee")
