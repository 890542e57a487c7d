"""Shared resources and operators: what instruments need besides themselves conflicts together."""

import pytest

from accounts.models import Institution, Tier
from booking.calendars import functions
from booking.calendars.commands.add_resource import InvalidResource
from booking.calendars.commands.set_needs import InvalidNeeds, set_needs
from booking.calendars.errors import SlotTaken
from booking.calendars.events import CalendarChanged
from booking.calendars.models import SEARCH_DAYS, FreeGap, Resource
from booking.calendars.selectors import gaps_of
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.remove_absence import remove_absence
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import UnknownOperator
from booking.reservations.selectors.access import access_calendar
from booking.reservations.selectors.availability import availability
from core import clock
from core.errors import Forbidden
from core.events import Event
from tests.booking.reservations.sharing import gaps_are_right, needing, operator, shared, taken
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    SHANGHAI,
    Api,
    booked,
    claims_of,
    firm_user,
    open_instrument,
    problem,
    revision_of,
    slot,
    wish,
)
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_book__needs_a_chiller__claims_both_and_hinders_the_other(lab: Institution) -> None:
    chiller = shared(lab)
    first, second = needing(lab, [chiller]), needing(lab, [chiller])
    booked(first)
    assert (claims_of(first), taken(chiller), claims_of(second)) == ([(1, slot())], [slot()], [])
    with pytest.raises(SlotTaken) as refusal:
        booked(second, window=slot("10:00", 2))
    (broken,) = refusal.value.extra["violations"]
    assert (broken.code, broken.nearest) == ("shared_resources_free", slot("11:00", 2))
    assert gaps_are_right(first, second)


def test_book__shared_by_two__third_at_once_is_refused(lab: Institution) -> None:
    chiller = shared(lab, capacity=2)
    instruments = [needing(lab, [chiller]) for _ in range(3)]
    for instrument in instruments[:2]:
        booked(instrument)
    with pytest.raises(SlotTaken):
        booked(instruments[2])
    assert gaps_are_right(*instruments)


def test_book__one_of_two_operators__whoever_is_free(lab: Institution) -> None:
    ann, bob = operator(lab, "Ann"), operator(lab, "Bob")
    first, second, third = (needing(lab, [ann, bob]) for _ in range(3))
    booked(first)
    booked(second, operator_id=bob.pk)
    assert (taken(ann), taken(bob)) == ([slot()], [slot()])
    with pytest.raises(SlotTaken):
        booked(third)
    assert gaps_are_right(first, second, third)


def test_book__operator_wanted__taken_or_unknown(lab: Institution) -> None:
    ann, bob, stranger = operator(lab, "Ann"), operator(lab, "Bob"), operator(lab, "Cem")
    first, second = needing(lab, [ann, bob]), needing(lab, [ann, bob])
    booked(first, operator_id=ann.pk)
    with pytest.raises(SlotTaken):
        booked(second, operator_id=ann.pk)
    with pytest.raises(UnknownOperator):
        booked(second, operator_id=stranger.pk)


def test_move__to_when_the_operator_is_free__the_operator_stays(lab: Institution) -> None:
    first, second = operator(lab, "Li"), operator(lab, "Wang")
    instrument, owner = needing(lab, [first, second]), firm_user()
    booking = booked(instrument, owner, operator_id=second.pk)
    reschedule_reservation(viewer=owner, reservation=booking, window=slot("12:00"))
    assert (taken(first), taken(second)) == ([], [slot("12:00")])


def test_confirm__without_saying_who__whoever_was_held(lab: Institution) -> None:
    first, second = operator(lab, "Li"), operator(lab, "Wang")
    instrument, owner = needing(lab, [first, second]), firm_user()
    hold = hold_window(viewer=owner, instrument=instrument, window=slot(), wanted=Wanted(operator_id=second.pk))
    confirm_hold(viewer=owner, hold=hold, window=slot(), wanted=Wanted())
    assert (taken(first), taken(second)) == ([], [slot()])


def test_gaps__nobody_works_through__no_window_longer_than_one_of_them(lab: Institution) -> None:
    ann, bob = operator(lab, "Ann"), operator(lab, "Bob")
    instrument = needing(lab, [ann, bob])
    manager = manager_of(lab)
    add_absence(viewer=manager, resource=ann, window=slot("13:00", 4))
    add_absence(viewer=manager, resource=bob, window=slot("09:00", 4))
    assert gaps_are_right(instrument)
    with pytest.raises(SlotTaken):
        booked(instrument, window=slot("12:00", 2))
    booked(instrument, window=slot("11:00", 2))


def test_cancel__shared__free_for_the_other_and_both_revised(lab: Institution, published: list[Event]) -> None:
    chiller = shared(lab)
    first, second = needing(lab, [chiller]), needing(lab, [chiller])
    reservation = booked(first)
    published.clear()
    cancel_reservation(viewer=manager_of(lab), reservation=reservation, reason="Leak")
    told = {event.instrument_id for event in published if isinstance(event, CalendarChanged)}
    assert told == {first.pk, second.pk}
    booked(second)
    assert gaps_are_right(first, second)


def test_availability__shared_taken__busy_without_saying_by_whom(lab: Institution) -> None:
    chiller = shared(lab)
    first, second = needing(lab, [chiller]), needing(lab, [chiller])
    booked(first)
    viewer = firm_user()
    shown = availability(access_calendar(viewer, second.pk), slot("09:00", 8), Tier.ENTERPRISE, viewer)
    assert [(busy.window, busy.kind) for busy in shown.busy] == [(slot(), "taken")]
    assert shown.free == [slot("11:00", 6)]


def test_absence__while_booked__refused_and_nothing_left(lab: Institution) -> None:
    chiller = shared(lab)
    made = booked(needing(lab, [chiller]))
    with pytest.raises(SlotTaken) as refused:
        add_absence(viewer=manager_of(lab), resource=chiller, window=slot("10:00", 4))
    times = {"start": "2035-03-05T09:00:00+08:00", "end": "2035-03-05T11:00:00+08:00"}
    assert refused.value.extra == {"affected": [{"reservation": made.pk, **times}], "zone": "Asia/Shanghai"}
    assert taken(chiller) == [slot()]


def test_absence__entered_and_taken_back__gaps_follow(lab: Institution) -> None:
    ann = operator(lab, "Ann")
    instrument = needing(lab, [ann])
    absence = add_absence(viewer=manager_of(lab), resource=ann, window=slot("09:00", 8))
    assert gaps_of(instrument.pk, Tier.ENTERPRISE, slot("09:00", 8)) == []
    remove_absence(viewer=manager_of(lab), absence=absence)
    (gap,) = gaps_of(instrument.pk, Tier.ENTERPRISE, slot("09:00", 8))
    assert (gap.starts_at, gap.ends_at) == (slot().starts_at, slot("09:00", 8).ends_at)


def test_absence__by_a_stranger__forbidden(lab: Institution) -> None:
    with pytest.raises(Forbidden):
        add_absence(viewer=firm_user(), resource=shared(lab), window=slot())


@pytest.mark.parametrize("capacity", [0, 201])
def test_add_resource__impossible__refused(lab: Institution, capacity: int) -> None:
    with pytest.raises(InvalidResource):
        shared(lab, capacity=capacity)


def test_set_needs__of_elsewhere_twice_or_too_many__refused(lab: Institution) -> None:
    instrument, manager = open_instrument(lab), manager_of(lab)
    here, elsewhere, many = shared(lab), shared(make_institution()), shared(lab, capacity=51)
    impossible: list[list[list[int]]] = [[[elsewhere.pk]], [[here.pk], [here.pk]], [[]], [[many.pk]]]
    for slots in impossible:
        with pytest.raises(InvalidNeeds):
            set_needs(viewer=manager, instrument=instrument, slots=slots)


@pytest.mark.django_db(transaction=True)
def test_book__siblings_at_once__exactly_one_has_the_chiller(lab: Institution) -> None:
    chiller = shared(lab)
    instruments = [needing(lab, [chiller]) for _ in range(6)]
    people = [firm_user() for _ in instruments]
    before = [revision_of(each) for each in instruments]
    answers = at_once([
        (lambda each=instrument, who=person: booked(each, who))  # type: ignore[misc]
        for instrument, person in zip(instruments, people, strict=True)
    ])  # fmt: skip
    names = sorted(type(answer).__name__ for answer in answers)
    assert names == ["Reservation", *["SlotTaken"] * 5]
    assert [revision_of(each) for each in instruments] == [number + 1 for number in before]
    assert gaps_are_right(*instruments)


def test_api__resource_needs_and_absence__the_whole_way(lab: Institution) -> None:
    instrument, api = open_instrument(lab), Api(manager_of(lab))
    made = api.post("resources", {"institution": lab.pk, "kind": "operator", "name": "Ann"}).json()
    assert api.send("put", f"instruments/{instrument.pk}/needs", {"slots": [[made["id"]]]}).status_code == 204
    assert api.get("resources").json()["items"] == [made | {"instruments": [instrument.pk]}]
    times = {"start": slot().starts_at.isoformat(), "end": slot().ends_at.isoformat()}
    absence = api.post(f"resources/{made['id']}/absences", {**times, "reason": "Leave"})
    assert absence.status_code == 201
    told = {"resource": made["id"], "zone": "Asia/Shanghai", "reason": "Leave"}
    told |= {"start": "2035-03-05T09:00:00+08:00", "end": "2035-03-05T11:00:00+08:00"}
    assert absence.json() == {"id": absence.json()["id"], **told}
    problem(Api(firm_user()).post("reservations", wish(instrument)), 409, "slot_taken")
    assert api.get(f"resources/{made['id']}/absences").json()["items"] == [absence.json()]
    assert api.delete(f"absences/{absence.json()['id']}").status_code == 204
    body = wish(instrument, operator=made["id"])
    assert Api(firm_user()).post("reservations", body).status_code == 201


def test_api__resource_of_elsewhere__not_found(lab: Institution) -> None:
    ann, stranger = operator(lab, "Ann"), Api(manager_of(make_institution()))
    assert stranger.get("resources").json()["count"] == 0
    problem(stranger.get(f"resources/{ann.pk}/absences"), 404, "not_found")
    problem(stranger.post("resources", {"institution": lab.pk, "name": "Chiller"}), 403, "forbidden")


def test_fill_gaps__needs_places_and_turnaround__as_one_by_one(lab: Institution) -> None:
    chiller, (ann, bob) = shared(lab), (operator(lab, "Ann"), operator(lab, "Bob"))
    instruments = [needing(lab, [chiller], [ann, bob]), open_instrument(lab, places=2, turnaround=30)]
    for instrument in instruments:
        booked(instrument)
    kept = FreeGap.objects.order_by("resource", "starts_at", "place", "ends_at").values_list(
        "resource", "place", "tiers", "starts_at", "ends_at", "opened_at", "minutes"
    )
    one_by_one = list(kept)
    FreeGap.objects.all().delete()
    own = Resource.objects.filter(instrument__in=instruments)
    own.update(gaps_until=None)
    filled = functions.fill_gaps([each.pk for each in own], clock.today(SHANGHAI), SEARCH_DAYS)
    assert (list(kept), filled) == (one_by_one, len(one_by_one))
    assert gaps_are_right(*instruments)
    assert functions.fill_gaps([each.pk for each in own], clock.today(SHANGHAI), SEARCH_DAYS) == 0


def test_api__operator_whose_account_nobody_has__refused_and_not_made(lab: Institution) -> None:
    api, body = (
        Api(manager_of(lab)),
        {"institution": lab.pk, "kind": "operator", "name": "Ann", "user": "no@one.cn"},
    )
    problem(api.post("resources", body), 422, "account_unknown")
    problem(Api(firm_user()).post("resources", body), 403, "forbidden")
    assert api.get("resources").json()["count"] == 0
