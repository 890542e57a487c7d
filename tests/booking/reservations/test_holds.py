"""Holds: a window kept for minutes, confirmed in place, let go, and expired by whoever comes next."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.viewers import Viewer
from booking.calendars.errors import SlotTaken
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.expire_holds import expire_holds, expire_holds_on
from booking.reservations.commands.hold_window import HOLD_LASTS, TooManyHolds, hold_window
from booking.reservations.commands.let_go import let_go
from booking.reservations.commands.renew_hold import RenewedAlready, renew_hold
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import HoldLapsed, HoldStays, RuleViolations
from booking.reservations.events import ReservationBooked, ReservationExpired
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.lists import past_of, upcoming_of
from core import clock
from core.errors import CalendarBusy, NotSignedIn
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.booking import (
    Api,
    booked,
    claims_of,
    firm_user,
    make_bookable,
    open_instrument,
    problem,
    revision_of,
    slot,
    wish,
)

pytestmark = [pytest.mark.django_db]
JOBS = """
    SELECT scheduled_at, args ->> 'instrument_id' FROM procrastinate_jobs
    WHERE task_name = 'reservations.expire_hold' AND args ->> 'instrument_id' = %s
"""


@pytest.fixture
def instrument(monday_morning: Any) -> Instrument:
    return make_bookable()


def held(viewer: Viewer, instrument: Instrument, window: TimeWindow | None = None, **wanted: Any) -> Reservation:
    """A hold as it stands in the database."""
    made = hold_window(viewer=viewer, instrument=instrument, window=window or slot(), wanted=Wanted(**wanted))
    return Reservation.objects.select_related("instrument__institution").get(pk=made.pk)


def confirm(viewer: Viewer, hold: Reservation, window: TimeWindow | None = None, **wanted: Any) -> Reservation:
    return confirm_hold(viewer=viewer, hold=hold, window=window or slot(), wanted=Wanted(**wanted))


def later(minutes: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False)


def test_hold__free_window__takes_the_place_for_ten_minutes(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    assert (hold.status, hold.hold_expires_at) == ("held", clock.now() + HOLD_LASTS)
    assert claims_of(instrument) == [(1, slot())]
    assert [entry.command for entry in history_of(hold)] == ["hold"]
    with pytest.raises(SlotTaken):
        booked(instrument)


def test_hold__job__scheduled_for_the_moment_it_lapses(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    with connection.cursor() as cursor:
        cursor.execute(JOBS, [str(instrument.pk)])
        assert cursor.fetchall() == [(hold.hold_expires_at, str(instrument.pk))]


def test_hold__broken_rule__refused_and_nothing_held(instrument: Instrument, owner: Viewer) -> None:
    with pytest.raises(RuleViolations):
        held(owner, instrument, slot("09:10", 1))
    assert claims_of(instrument) == []


def test_hold__third_of_one_person__refused_until_one_is_gone(instrument: Instrument, owner: Viewer) -> None:
    first = held(owner, instrument, slot("09:00", 1))
    held(owner, make_bookable())
    with pytest.raises(TooManyHolds):
        held(owner, instrument, slot("11:00", 1))
    let_go(viewer=owner, hold=first)
    held(owner, instrument, slot("11:00", 1))


def test_confirm__in_time__same_row_same_claims_and_announced(
    instrument: Instrument, owner: Viewer, published: list[Event]
) -> None:
    hold = held(owner, instrument)
    published.clear()
    confirm(owner, hold, purpose="Run")
    hold.refresh_from_db()
    assert (hold.status, hold.hold_expires_at, hold.purpose, hold.version) == ("confirmed", None, "Run", 2)
    assert claims_of(instrument) == [(1, slot())]
    assert [entry.command for entry in history_of(hold)] == ["hold", "confirm"]
    assert [type(event) for event in published] == [ReservationBooked, CalendarChanged]
    with later(20):
        expire_holds()
    hold.refresh_from_db()
    assert hold.status == "confirmed"


def test_reschedule__only_held__refused_and_stays_where_it_is(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    with pytest.raises(HoldStays):
        reschedule_reservation(viewer=owner, reservation=hold, window=slot("14:00"))
    change = {"start": slot("14:00").starts_at.isoformat(), "end": slot("14:00").ends_at.isoformat()}
    problem(Api(owner).patch(f"reservations/{hold.pk}", change), 409, "hold_not_movable")
    assert claims_of(instrument) == [(1, slot())]


def test_confirm__other_window__moves_there_if_it_is_free(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    confirm(owner, hold, slot("10:00", 2))
    assert claims_of(instrument) == [(1, slot("10:00", 2))]


def test_confirm__other_window_taken__refused_and_still_held(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    booked(instrument, window=slot("11:00", 1))
    with pytest.raises(SlotTaken) as refusal:
        confirm(owner, hold, slot("10:00", 2))
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["place_free"]
    assert (1, slot()) in claims_of(instrument)


def test_confirm__second_place__taken_with_it(monday_morning: Any, owner: Viewer) -> None:
    instrument = open_instrument(places=2)
    confirm(owner, held(owner, instrument), places=2)
    assert claims_of(instrument) == [(1, slot()), (2, slot())]


def test_confirm__lapsed__refused_although_nobody_else_took_it(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    with later(10), pytest.raises(HoldLapsed):
        confirm(owner, hold)


def test_lapsed_hold__somebody_books__expired_by_the_booking(
    instrument: Instrument, owner: Viewer, published: list[Event]
) -> None:
    hold, other = held(owner, instrument), firm_user()
    with later(10):
        published.clear()
        made = book(viewer=other, instrument=instrument, window=slot("10:00", 1))
        hold.refresh_from_db()
        (_, expired) = history_of(hold)
    assert (hold.status, expired.command, expired.actor) == ("expired", "expire", None)
    assert history_of(made)[0].command == "book"
    assert [type(event) for event in published] == [
        ReservationExpired, CalendarChanged, ReservationBooked, CalendarChanged,
    ]  # fmt: skip


def test_expire__sweep__frees_once_and_only_lapsed_ones(instrument: Instrument, owner: Viewer) -> None:
    held(owner, instrument)
    with later(5):
        young = held(owner, make_bookable())
    with later(10):
        assert (expire_holds(), expire_holds()) == (1, 0)
    young.refresh_from_db()
    assert (claims_of(instrument), young.status) == ([], "held")


def test_expire__sweep__leaves_what_is_busy_for_later(
    instrument: Instrument, owner: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(owner, instrument)
    held(firm_user(), other := make_bookable())

    def busy_on_one(keys: Collection[int]) -> None:
        if instrument.pk in keys:
            raise CalendarBusy
        expire_holds_on(keys)

    monkeypatch.setattr("booking.reservations.commands.expire_holds.expire_holds_on", busy_on_one)
    with later(10):
        assert expire_holds() == 1
    assert (len(claims_of(instrument)), claims_of(other)) == (1, [])


def test_renew__once__ten_minutes_from_then(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    with later(8):
        renewed = renew_hold(viewer=owner, hold=hold)
        assert renewed.hold_expires_at == clock.now() + HOLD_LASTS
        with pytest.raises(RenewedAlready):
            renew_hold(viewer=owner, hold=hold)


def test_hold__lists__coming_while_it_lasts_and_no_past(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    assert list(upcoming_of(owner)) == [hold]
    let_go(viewer=owner, hold=hold)
    assert (list(upcoming_of(owner)), list(past_of(owner))) == ([], [])


def test_hold__nobody__is_asked_to_sign_in(instrument: Instrument) -> None:
    with pytest.raises(NotSignedIn):
        hold_window(viewer=Viewer(None), instrument=instrument, window=slot(), wanted=Wanted())


def test_api__hold_renew_confirm__the_whole_way(instrument: Instrument, owner: Viewer) -> None:
    api = Api(owner)
    body = {key: value for key, value in wish(instrument).items() if key != "purpose"}
    hold = api.post("holds", body)
    assert (hold.status_code, hold.json()["status"]) == (201, "held"), hold.content
    assert api.post(f"holds/{hold.json()['id']}/renew").status_code == 200
    assert api.post("quotes", wish(instrument, hold=hold.json()["id"])).json()["ok"] is True
    made = api.post("reservations", wish(instrument, hold=hold.json()["id"]))
    assert (made.status_code, made.json()["id"], made.json()["status"]) == (201, hold.json()["id"], "confirmed")
    problem(api.post("reservations", wish(instrument, hold=hold.json()["id"])), 409, "reservation_ended")


def test_api__hold_of_another_person__not_found(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    stranger = Api(firm_user())
    problem(stranger.delete(f"holds/{hold.pk}"), 404, "not_found")
    problem(stranger.post("reservations", wish(instrument, hold=hold.pk)), 404, "not_found")
    assert Api(owner).delete(f"holds/{hold.pk}").status_code == 204
    problem(Api(owner).post("reservations", wish(instrument, hold=hold.pk)), 409, "hold_lapsed")


def test_api__hold_on_another_instrument__not_found(instrument: Instrument, owner: Viewer) -> None:
    hold = held(owner, instrument)
    problem(Api(owner).post("reservations", wish(make_bookable(), hold=hold.pk)), 404, "not_found")


def test_availability__hold__seen_as_being_booked_by_others(instrument: Instrument, owner: Viewer) -> None:
    before = revision_of(instrument)
    held(owner, instrument)
    window = slot("08:00", 10)
    asked = {"from": window.starts_at.isoformat(), "to": window.ends_at.isoformat()}
    shown = Api(firm_user()).get(f"instruments/{instrument.pk}/availability", asked).json()
    assert [kind for *_, kind in shown["busy"]] == ["hold"]
    assert shown["revision"] == before + 1
