"""Changing and cancelling this, the following or all bookings of a series."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import Enterprise
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.models import Resource
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.events import ReservationCancelled, ReservationRescheduled
from booking.reservations.models import Reservation, ReservationSeries
from booking.reservations.selectors.access import access_reservation
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    ALL_DAY,
    Api,
    booked,
    claims_of,
    firm_user,
    open_instrument,
    problem,
    set_values,
    slot,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def api(viewer: Viewer) -> Api:
    return Api(viewer)


def made(api: Api, instrument: Instrument, window: Any = None, every: str = "week", count: int = 4) -> Any:
    body = {**wish(instrument, window), "repeat": {"every": every, "count": count}}
    answer = api.post("series", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def one_of(series: Any, position: int) -> int:
    key: int = series["occurrences"][position]["reservation"]
    return key


def change(api: Api, series: Any, scope: str, position: int | None = None, **more: Any) -> Any:
    which = {} if position is None else {"occurrence": one_of(series, position)}
    headers = {"If_Match": more.pop("version")} if "version" in more else {}
    return api.patch(f"series/{series['id']}", {"scope": scope, **which, **more}, **headers)


def cancel(api: Api, series: Any, scope: str, position: int | None = None, **more: Any) -> Any:
    which = {} if position is None else {"occurrence": one_of(series, position)}
    return api.post(f"series/{series['id']}/cancel", {"scope": scope, **which, **more})


def starts(series: Any, zone: str = "Asia/Shanghai") -> list[str]:
    stored = Reservation.objects.filter(series_id=series["id"]).order_by("original_start")
    ends = [(r.during.lower.astimezone(ZoneInfo(zone)), r.during.upper.astimezone(ZoneInfo(zone))) for r in stored]
    return [f"{start:%d %H:%M}-{end:%H:%M}" for start, end in ends]


def statuses(series: Any) -> list[str]:
    stored = Reservation.objects.filter(series_id=series["id"]).order_by("original_start")
    return list(stored.values_list("status", flat=True))


def gaps_are_right(instrument: Instrument) -> bool:
    return functions.wrong_gaps(Resource.objects.get(instrument=instrument).pk, slot("00:00").starts_at) == []


@pytest.mark.parametrize(
    ("scope", "position", "changed"), [("this", 1, [1]), ("following", 2, [2, 3]), ("all", None, [0, 1, 2, 3])]
)
def test_change__scope__moves_these_alone(
    api: Api, instrument: Instrument, scope: str, position: int | None, changed: list[int], published: list[Event]
) -> None:
    series = made(api, instrument)
    answer = change(api, series, scope, position, start="10:00", minutes=180, purpose="Longer")
    assert answer.status_code == 200, answer.content
    expected = ["05 09:00-11:00", "12 09:00-11:00", "19 09:00-11:00", "26 09:00-11:00"]
    for item in changed:
        expected[item] = f"{expected[item][:2]} 10:00-13:00"
    assert starts(series) == expected
    assert [each["reservation"] for each in answer.json()["occurrences"]] == [one_of(series, n) for n in changed]
    assert Reservation.objects.filter(purpose="Longer", version=2).count() == len(changed)
    assert len([each for each in published if isinstance(each, ReservationRescheduled)]) == len(changed)
    assert gaps_are_right(instrument)


def test_change__one_refused__none_moved_and_told_which(api: Api, instrument: Instrument) -> None:
    series = made(api, instrument)
    booked(instrument, window=slot("11:00", 1, day=14))
    document = problem(change(api, series, "all", minutes=150), 409, "slot_taken")
    assert [(each["item"], each["start"][:10]) for each in document["refused"]] == [(2, "2035-03-19")]
    assert {each[3:] for each in starts(series)} == {"09:00-11:00"}
    assert len(claims_of(instrument)) == 5


def test_change__dry_run__says_the_same_and_keeps_nothing(
    api: Api, instrument: Instrument, published: list[Event]
) -> None:
    series = made(api, instrument)
    booked(instrument, window=slot("11:00", 1, day=14))
    published.clear()
    document = change(api, series, "all", minutes=150, dry_run=True).json()
    assert [len(each["violations"]) for each in document["occurrences"]] == [0, 0, 1, 0]
    assert (document["refused"], document["total_fen"]) == (1, 3 * 60_000)
    assert {each[3:] for each in starts(series)} == {"09:00-11:00"}
    assert (published, ReservationSeries.objects.get().version) == ([], 1)


@pytest.mark.parametrize("what", ["change", "cancel"])
def test_dry_run__versions__are_those_that_hold(api: Api, instrument: Instrument, what: str) -> None:
    series = made(api, instrument, count=2)
    body = {"scope": "all", "dry_run": True} | ({"minutes": 60} if what == "change" else {})
    address = f"series/{series['id']}"
    planned = (api.patch(address, body) if what == "change" else api.post(f"{address}/cancel", body)).json()
    told = (planned["version"], [each["version"] for each in planned["occurrences"]])
    assert told == (series["version"], [each["version"] for each in series["occurrences"]])


@pytest.mark.parametrize("start", ["20:00", "22:00", "23:00"])
def test_change__days_that_follow_each_other__are_not_in_each_others_way(api: Api, start: str) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    set_policy_value(
        viewer=manager_of(instrument.institution), instrument=instrument, code="max_duration", value=None
    )
    series = made(api, instrument, slot("21:00", 23), "days", 5)
    assert change(api, series, "all", start=start).status_code == 200
    assert {each[3:8] for each in starts(series)} == {start}
    assert gaps_are_right(instrument)


def test_change__over_the_clock_change__stays_on_the_wall(viewer: Viewer) -> None:
    instrument = open_instrument(make_institution(zone="Europe/London"))
    api = Api(viewer)
    series = made(api, instrument, slot("09:00", day=14, zone=ZoneInfo("Europe/London")), count=3)
    assert change(api, series, "all", start="10:30").status_code == 200
    assert starts(series, "Europe/London") == ["19 10:30-12:30", "26 10:30-12:30", "02 10:30-12:30"]


def test_change__one_that_was_moved_before__keeps_its_day(api: Api, instrument: Instrument, viewer: Viewer) -> None:
    series = made(api, instrument)
    moved = access_reservation(viewer, one_of(series, 1), "change")
    reschedule_reservation(viewer=viewer, reservation=moved, window=slot("13:00", 1, day=9))
    assert change(api, series, "all", start="14:00").status_code == 200
    assert starts(series) == ["05 14:00-16:00", "14 14:00-15:00", "19 14:00-16:00", "26 14:00-16:00"]


def test_change__purpose_alone__moves_nothing(api: Api, instrument: Instrument, published: list[Event]) -> None:
    series = made(api, instrument)
    published.clear()
    assert change(api, series, "following", 2, purpose="New").status_code == 200
    stored = Reservation.objects.order_by("original_start")
    assert [each.purpose for each in stored] == ["Test of a sample", "Test of a sample", "New", "New"]
    assert published == []


def test_change__begun_and_past_ones__stay(api: Api, instrument: Instrument) -> None:
    series = made(api, instrument)
    with time_machine.travel(slot("10:00", day=7).starts_at, tick=False):
        advance_reservations()
        assert change(api, series, "all", start="13:00").status_code == 200
        problem(change(api, series, "this", 1, start="13:00"), 409, "reservation_running")
        problem(change(api, series, "this", 0, start="13:00"), 409, "reservation_ended")
    assert statuses(series) == ["completed", "in_use", "confirmed", "confirmed"]
    assert starts(series) == ["05 09:00-11:00", "12 09:00-11:00", "19 13:00-15:00", "26 13:00-15:00"]


def test_change__version__must_be_the_one_that_was_read(api: Api, instrument: Instrument) -> None:
    series = made(api, instrument)
    assert change(api, series, "all", start="10:00", version='"1"').status_code == 200
    problem(change(api, series, "all", start="11:00", version='"1"'), 412, "stale")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"scope": "all"}, 422, "nothing_to_change"),
        ({"scope": "this", "start": "10:00"}, 422, "occurrence_missing"),
        ({"scope": "following", "start": "10:00"}, 422, "occurrence_missing"),
        ({"scope": "this", "start": "10:00", "occurrence": 0}, 404, "not_found"),
        ({"scope": "every", "start": "10:00"}, 422, "invalid"),
        ({"scope": "all", "start": "25:00"}, 422, "invalid"),
        ({"scope": "all", "start": 36000}, 422, "invalid"),
        ({"scope": "all", "minutes": 0}, 422, "invalid"),
        ({"scope": "all", "minutes": 400 * 1440}, 422, "rules_violated"),
    ],
)
def test_change__that_makes_no_sense__refused(
    api: Api, instrument: Instrument, body: dict[str, Any], status: int, code: str
) -> None:
    problem(api.patch(f"series/{made(api, instrument)['id']}", body), status, code)


@pytest.mark.parametrize(
    ("scope", "position", "gone"), [("this", 1, [1]), ("following", 2, [2, 3]), ("all", None, [0, 1, 2, 3])]
)
def test_cancel__scope__gives_these_back(
    api: Api, instrument: Instrument, scope: str, position: int | None, gone: list[int], published: list[Event]
) -> None:
    series = made(api, instrument)
    assert cancel(api, series, scope, position, dry_run=True).json()["count"] == len(gone)
    assert statuses(series) == ["confirmed"] * 4
    answer = cancel(api, series, scope, position)
    assert answer.status_code == 200
    assert statuses(series) == ["cancelled" if item in gone else "confirmed" for item in range(4)]
    assert len([each for each in published if isinstance(each, ReservationCancelled)]) == len(gone)
    assert len(claims_of(instrument)) == 4 - len(gone)
    assert gaps_are_right(instrument)


def test_cancel__twice__the_second_finds_nothing(api: Api, instrument: Instrument) -> None:
    series = made(api, instrument)
    cancel(api, series, "all")
    problem(cancel(api, series, "all"), 409, "series_over")
    problem(cancel(api, series, "this", 0), 409, "reservation_ended")


def test_cancel__by_staff__needs_a_reason(api: Api, instrument: Instrument) -> None:
    series, staff = made(api, instrument), Api(manager_of(instrument.institution))
    problem(cancel(staff, series, "all"), 422, "reason_required")
    assert cancel(staff, series, "all", reason="Move of the lab").status_code == 200
    assert set(Reservation.objects.values_list("ended_reason", flat=True)) == {"Move of the lab"}


def test_series__somebody_elses__is_not_found(api: Api, instrument: Instrument) -> None:
    series, other = made(api, instrument), Api(firm_user())
    problem(cancel(other, series, "all"), 404, "not_found")
    problem(change(other, series, "all", start="10:00"), 404, "not_found")


@pytest.mark.parametrize(
    ("scope", "position", "status", "code"),
    [("all", None, 403, "forbidden"), ("following", 0, 403, "forbidden"), ("this", 1, 404, "not_found")],
)
def test_series__one_has_become_somebody_elses__not_changed_with_the_others(
    api: Api, instrument: Instrument, scope: str, position: int | None, status: int, code: str
) -> None:
    series, other = made(api, instrument), firm_user()
    Reservation.objects.filter(pk=one_of(series, 1)).update(user=other.user_id, booked_by=other.user_id)
    problem(cancel(api, series, scope, position), status, code)
    problem(change(api, series, scope, position, start="10:00"), status, code)
    assert (statuses(series), {each[3:] for each in starts(series)}) == (["confirmed"] * 4, {"09:00-11:00"})
    assert cancel(api, series, "following", 2).status_code == 200


def test_series__of_a_colleague__seen_but_not_changed(instrument: Instrument) -> None:
    enterprise_viewer = firm_user()
    (firm,) = enterprise_viewer.enterprise_ids
    body = {**wish(instrument), "account": firm, "repeat": {"every": "week", "count": 2}}
    series = Api(enterprise_viewer).post("series", body).json()
    colleague = Api(firm_user(Enterprise.objects.get(pk=firm)))
    assert colleague.get(f"series/{series['id']}").status_code == 200
    problem(cancel(colleague, series, "all"), 403, "forbidden")


def test_cancel__moved_late_before__costs_only_what_comes_on_top(api: Api, instrument: Instrument) -> None:
    set_values(instrument, late_cancel_fee_percent=50)
    series = made(api, instrument, slot(day=1))
    first = series["occurrences"][0]["reservation"]
    with time_machine.travel(slot("10:00").starts_at, tick=False):
        later = {
            "start": slot("12:00", day=8).starts_at.isoformat(),
            "end": slot("14:00", day=8).starts_at.isoformat(),
        }
        assert api.patch(f"reservations/{first}", later).json()["fee_fen"] == 24_000
        assert cancel(api, series, "all", dry_run=True).json()["fee_fen"] == 0
        assert cancel(api, series, "all", most_fen=0).json()["fee_fen"] == 0
    assert api.get(f"series/{series['id']}").json()["fee_fen"] == 24_000


def test_cancel__some_of_them_late__costs_what_these_cost_and_not_more_than_was_agreed(
    api: Api, instrument: Instrument
) -> None:
    set_values(instrument, late_cancel_fee_percent=50)
    series = made(api, instrument, slot(day=1))
    with time_machine.travel(slot("10:00").starts_at, tick=False):
        assert cancel(api, series, "all", dry_run=True).json()["fee_fen"] == 24_000
        document = problem(cancel(api, series, "all", most_fen=23_999), 409, "cost_changed")
        assert document["fee_fen"] == 24_000
        assert cancel(api, series, "all", most_fen=24_000).status_code == 200
    fees = Reservation.objects.order_by("original_start").values_list("fee_fen", flat=True)
    assert list(fees) == [24_000, 0, 0, 0]
