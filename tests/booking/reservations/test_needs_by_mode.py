"""What an instrument needs in some access modes only: an operator for those who don't operate it themselves."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Institution
from booking.calendars.commands.set_needs import InvalidNeeds, set_needs
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Absence, Resource, ResourceNeed
from booking.intake.answers import Filled
from booking.intake.errors import AccessModeNotOffered
from booking.reservations.commands import needing
from booking.reservations.commands.accept_offer import accept_offer
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.filling import FilledChange
from booking.reservations.commands.hold_training import Training, hold_training
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.join_waitlist import BookableNow, join_waitlist
from booking.reservations.commands.remove_absence import remove_absence
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import RuleViolations, SlotTaken, UnknownOperator
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.replanning import ways_out
from booking.reservations.selectors.wishes import Wish
from core.events import Event
from instruments.catalogue.models import AccessMode, Instrument
from instruments.qualifications.models import Level
from tests.booking.reservations.sharing import gaps_are_right, operator, shared, taken
from tests.booking.reservations.waiting import offered_window, run_offers, seen_by
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    Api,
    booked,
    claims_of,
    firm_user,
    open_instrument,
    problem,
    revision_of,
    set_values,
    slot,
    wish,
)
from tests.frontend.pages.desk_scenario import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

ALONE, HELPED = AccessMode.SELF_OPERATED.value, AccessMode.OPERATOR_ASSISTED.value


def helped_by(*operators: Resource, modes: tuple[str, ...] = (HELPED,), turnaround: int = 0) -> Instrument:
    """An open instrument to be used both ways that needs one of these in some modes."""
    lab = operators[0].institution
    instrument = open_instrument(lab, access_modes=[ALONE, HELPED], turnaround=turnaround)
    keys = [[each.pk for each in operators]]
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=keys, modes=[modes])
    return instrument


def away(resource: Resource, start: str = "09:00", hours: float = 2) -> None:
    add_absence(viewer=manager_of(resource.institution), resource=resource, window=slot(start, hours))


def helped() -> Filled:
    return Filled(access_mode=HELPED)


def test_book__by_mode__only_where_it_is_needed(ann: Resource) -> None:
    instrument, other = helped_by(ann), helped_by(ann)
    booked(instrument)
    assert taken(ann) == []
    booked(other, filled=helped())
    assert taken(ann) == [slot()]
    assert gaps_are_right(instrument, other)


def test_book_and_hold__alone__other_instruments_of_the_operator_are_announced(
    ann: Resource, published: list[Event]
) -> None:
    instrument, other = helped_by(ann), helped_by(ann)
    published.clear()
    booked(instrument)
    assert announced(published) == {instrument.pk: revision_of(instrument), other.pk: revision_of(other)}
    published.clear()
    hold_window(viewer=firm_user(), instrument=instrument, window=slot("11:00"), wanted=Wanted())
    assert announced(published) == {instrument.pk: revision_of(instrument), other.pk: revision_of(other)}


def announced(published: list[Event]) -> dict[int, int]:
    """The revisions that screens are told, by instrument."""
    return {event.instrument_id: event.revision for event in published if isinstance(event, CalendarChanged)}


def test_book__operator_away__alone_is_possible_and_helped_has_another_window(ann: Resource) -> None:
    instrument = helped_by(ann)
    away(ann)
    with pytest.raises(SlotTaken) as refusal:
        booked(instrument, filled=helped())
    (broken,) = refusal.value.extra["violations"]
    assert (broken.code, broken.nearest) == ("shared_resources_free", slot("11:00"))
    assert refusal.value.extra["alternatives"][0].window == slot("11:00")
    booked(instrument)
    assert gaps_are_right(instrument)


def test_book__operator_of_another_mode_wanted__unknown(ann: Resource) -> None:
    instrument = helped_by(ann)
    with pytest.raises(UnknownOperator):
        booked(instrument, operator_id=ann.pk)
    booked(instrument, operator_id=ann.pk, filled=helped())


def test_book__one_need_for_all_and_one_by_mode__both_are_judged(lab: Institution, ann: Resource) -> None:
    chiller = shared(lab)
    instrument = open_instrument(lab, access_modes=[ALONE, HELPED])
    slots = [[ann.pk], [chiller.pk]]
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=slots, modes=[[HELPED]])
    booked(instrument)
    assert (taken(ann), taken(chiller)) == ([], [slot()])
    booked(instrument, window=slot("12:00"), filled=helped())
    assert (taken(ann), taken(chiller)) == ([slot("12:00")], [slot(), slot("12:00")])
    assert gaps_are_right(instrument)


def test_move__helped__the_operator_comes_along_or_it_stays(ann: Resource) -> None:
    instrument, owner = helped_by(ann), firm_user()
    booking = booked(instrument, owner, filled=helped())
    away(ann, "13:00", 2)
    with pytest.raises(SlotTaken) as refusal:
        reschedule_reservation(viewer=owner, reservation=booking, window=slot("12:00"))
    assert refusal.value.extra["violations"][0].nearest == slot("15:00")
    reschedule_reservation(viewer=owner, reservation=booking, window=slot("15:00"))
    assert slot("15:00") in taken(ann)
    assert gaps_are_right(instrument)


def test_move__alone__nobody_asks_for_the_operator(ann: Resource) -> None:
    instrument, owner = helped_by(ann), firm_user()
    booking = booked(instrument, owner)
    away(ann, "13:00", 2)
    reschedule_reservation(viewer=owner, reservation=booking, window=slot("13:00"))
    assert claims_of(instrument) == [(1, slot("13:00"))]


def test_edit__to_helped_and_back__takes_and_returns_the_operator(ann: Resource) -> None:
    instrument, owner = helped_by(ann, turnaround=30), firm_user()
    booking = booked(instrument, owner)
    for mode, expected in ((HELPED, [slot()]), (ALONE, [])):
        booking = edit_reservation(viewer=owner, reservation=booking, filled=FilledChange(access_mode=mode))
        assert (booking.access_mode, taken(ann)) == (mode, expected)
        assert (claims_of(instrument), gaps_are_right(instrument)) == ([(1, slot(hours=2.5))], True)
    told = [[(c.field, c.old, c.new) for c in entry.changes] for entry in history_of(booking)[1:]]
    assert told == [[("access_mode", ALONE, HELPED)], [("access_mode", HELPED, ALONE)]]


def test_edit__training_that_names_no_mode__is_one_of_those_who_learn(lab: Institution, ann: Resource) -> None:
    instrument, trainer = helped_by(ann), manager_of(lab)
    Instrument.objects.filter(pk=instrument.pk).update(access_modes=[HELPED, ALONE])
    training = Training(Level.SUPERVISED, seats=2)
    held = hold_training(viewer=trainer, instrument=instrument, window=slot(), training=training)
    booking = Reservation.objects.get(pk=held.reservation)
    for change, expected in ((FilledChange(answers={}), (ALONE, [])), (FilledChange(HELPED), (HELPED, [slot()]))):
        booking = edit_reservation(viewer=trainer, reservation=booking, filled=change)
        assert (booking.access_mode, taken(ann)) == expected


def test_edit__operator_is_away__refused_and_nothing_changed(ann: Resource) -> None:
    instrument, owner = helped_by(ann), firm_user()
    booking = booked(instrument, owner)
    away(ann)
    with pytest.raises(SlotTaken) as refusal:
        edit_reservation(viewer=owner, reservation=booking, filled=FilledChange(access_mode=HELPED))
    (broken,) = refusal.value.extra["violations"]
    assert (broken.code, broken.nearest) == ("shared_resources_free", slot("11:00"))
    booking.refresh_from_db()
    assert (booking.access_mode, booking.version) == (ALONE, 1)


def test_edit__operator_taken_at_the_last_moment__refused_with_what_is_free_instead(
    ann: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    instrument, owner = helped_by(ann), firm_user()
    booking = booked(instrument, owner)

    def too_late(*_claims: object) -> None:
        raise SlotTaken

    monkeypatch.setattr(needing, "_take_needs", too_late)
    with pytest.raises(SlotTaken) as refusal:
        edit_reservation(viewer=owner, reservation=booking, filled=FilledChange(access_mode=HELPED))
    assert refusal.value.extra["violations"] == ()
    assert slot() not in [each.window for each in refusal.value.extra["alternatives"]]
    page = browser_of(owner).post(f"/bookings/{booking.pk}/edit/", {"version": "1", "access_mode": HELPED})
    assert (page.status_code, b"no longer free" in page.content) == (422, True)
    booking.refresh_from_db()
    assert (booking.access_mode, booking.version) == (ALONE, 1)


def test_hold__mode_named__keeps_the_operator_until_it_is_booked(ann: Resource) -> None:
    instrument, owner = helped_by(ann), firm_user()
    wanted = Wanted(filled=None, access_mode=HELPED)
    hold = hold_window(viewer=owner, instrument=instrument, window=slot(), wanted=wanted)
    assert (hold.access_mode, taken(ann)) == (HELPED, [slot()])
    made = confirm_hold(viewer=owner, hold=hold, window=slot(), wanted=Wanted())
    assert (made.access_mode, taken(ann)) == (HELPED, [slot()])


def test_confirm__another_mode_than_held__its_own_needs(ann: Resource) -> None:
    instrument, owner = helped_by(ann), firm_user()
    hold = hold_window(viewer=owner, instrument=instrument, window=slot(), wanted=Wanted())
    away(ann)
    with pytest.raises(SlotTaken):
        confirm_hold(viewer=owner, hold=hold, window=slot(), wanted=Wanted(filled=helped()))
    confirm_hold(viewer=owner, hold=hold, window=slot(), wanted=Wanted())
    assert claims_of(instrument) == [(1, slot())]


def test_waitlist__helped__offered_when_the_operator_is_there_too(ann: Resource) -> None:
    instrument, viewer = helped_by(ann), firm_user()
    first = booked(instrument, window=slot("09:00", 8))
    away(ann)
    span, owner = slot("09:00", 8), manager_of(instrument.institution)
    wished = Wish(span, 120, access_mode=HELPED)
    entry = join_waitlist(viewer=viewer, instrument=instrument, wish=wished)
    cancel_reservation(viewer=owner, reservation=first, reason="x")
    run_offers()
    assert (offered_window(entry), taken(ann)) == (slot("11:00"), [slot(), slot("11:00")])
    made = accept_offer(viewer=viewer, entry=seen_by(viewer, entry))
    assert (made.access_mode, taken(ann)) == (HELPED, [slot(), slot("11:00")])


def test_waitlist__only_the_operator_is_missing__one_can_wait_for_that(ann: Resource) -> None:
    instrument, viewer = helped_by(ann), firm_user()
    away(ann)
    with pytest.raises(BookableNow):
        join_waitlist(viewer=viewer, instrument=instrument, wish=Wish(slot(), 120))
    entry = join_waitlist(viewer=viewer, instrument=instrument, wish=Wish(slot(), 120, access_mode=HELPED))
    absence = Absence.objects.get()
    remove_absence(viewer=manager_of(instrument.institution), absence=absence)
    run_offers()
    assert offered_window(entry) == slot()
    with pytest.raises(AccessModeNotOffered):
        join_waitlist(viewer=firm_user(), instrument=instrument, wish=Wish(slot(), 120, access_mode="remote"))


def test_ways_out__helped__a_window_in_which_the_operator_is_there(lab: Institution, ann: Resource) -> None:
    instrument = helped_by(ann)
    booking = booked(instrument, filled=helped())
    away(ann, "12:00", 2)
    found = Reservation.objects.select_related("instrument__institution").filter(pk=booking.pk)
    (way,) = ways_out(manager_of(lab), instrument, list(found), since=slot("12:00").starts_at)
    assert way.window == slot("14:00")


def test_needs__unknown_mode__refused_by_the_command_and_the_database(lab: Institution, ann: Resource) -> None:
    instrument, manager = helped_by(ann), manager_of(lab)
    for modes in ([["by_post"]], [[HELPED], [ALONE]]):
        with pytest.raises(InvalidNeeds):
            set_needs(viewer=manager, instrument=instrument, slots=[[ann.pk]], modes=modes)
    with pytest.raises(IntegrityError, match="need_in_known_modes"), transaction.atomic():
        ResourceNeed.objects.update(modes=["by_post"])


def test_needs__of_modes_that_exclude_each_other__ways_are_not_multiplied(
    lab: Institution, django_assert_num_queries: Any
) -> None:
    instrument, manager = open_instrument(lab, access_modes=AccessMode.values), manager_of(lab)
    slots = [[shared(lab, mode, 40).pk] for mode in AccessMode]
    with pytest.raises(InvalidNeeds):
        set_needs(viewer=manager, instrument=instrument, slots=slots[:2])
    set_needs(viewer=manager, instrument=instrument, slots=slots, modes=[[mode] for mode in AccessMode])
    for mode, start in zip(AccessMode, ("09:00", "11:00", "13:00", "15:00"), strict=True):
        booked(instrument, window=slot(start), filled=Filled(access_mode=mode))
    bookings = of_instrument(instrument)
    for some in (bookings[:1], bookings):
        with django_assert_num_queries(6):
            ways = ways_out(manager, instrument, some, since=slot("09:00", day=1).starts_at)
    assert [way.window for way in ways] == [slot(s, day=1) for s in ("09:00", "11:00", "13:00", "15:00")]


def test_ways_out__different_modes__each_by_its_own_needs_and_never_the_same_time(
    lab: Institution, ann: Resource
) -> None:
    instrument, chiller = helped_by(ann), shared(lab)
    slots = [[ann.pk], [chiller.pk]]
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=slots, modes=[[HELPED], [ALONE]])
    booked(instrument, filled=helped())
    booked(instrument, window=slot("11:00"), filled=Filled(access_mode=ALONE))
    away(ann, "13:00", 2)
    ways = ways_out(manager_of(lab), instrument, of_instrument(instrument), since=slot("13:00").starts_at)
    assert [way.window for way in ways] == [slot("15:00"), slot("13:00")]
    away(chiller, "13:00", 2)
    ways = ways_out(manager_of(lab), instrument, of_instrument(instrument), since=slot("13:00").starts_at)
    assert [way.window for way in ways][:1] == [slot("15:00")]
    assert ways[1].window not in (None, slot("15:00"), slot("13:00"))


def of_instrument(instrument: Instrument) -> list[Reservation]:
    """Its bookings, as the lists read them."""
    found = Reservation.objects.select_related("instrument__institution").filter(instrument=instrument)
    return list(found.order_by("during"))


def test_api__needs_by_mode__read_as_they_were_put(lab: Institution, ann: Resource) -> None:
    instrument, chiller, api = open_instrument(lab), shared(lab), Api(manager_of(lab))
    path = f"instruments/{instrument.pk}/needs"
    given = [{"resources": [ann.pk], "access_modes": [HELPED]}, [chiller.pk]]
    assert api.send("put", path, {"slots": given}).status_code == 204
    told = [given[0], {"resources": [chiller.pk], "access_modes": []}]
    assert api.get(path).json() == {"slots": told}
    assert api.send("put", path, {"slots": told}).status_code == 204
    problem(Api(firm_user()).get(path), 403, "forbidden")
    wrong = [{"resources": [ann.pk], "access_modes": ["by_post"]}]
    assert api.send("put", path, {"slots": wrong}).status_code == 422


def test_api__availability_and_quote_by_mode__what_that_mode_needs(ann: Resource) -> None:
    instrument, api = helped_by(ann), Api(firm_user())
    away(ann)
    path = f"instruments/{instrument.pk}/availability"
    day = {"from": slot().starts_at.isoformat(), "to": slot("17:00").starts_at.isoformat()}
    answers = [api.get(path, {**day, **more}) for more in ({}, {"access_mode": HELPED}, {"access_mode": ALONE})]
    starts = [answer.json()["free"][0][0][11:16] for answer in answers]
    assert (starts, len({answer["ETag"] for answer in answers})) == (["09:00", "11:00", "09:00"], 3)
    quotes = [api.post("quotes", wish(instrument, access_mode=mode)).json() for mode in (ALONE, HELPED)]
    assert [quote["ok"] for quote in quotes] == [True, False]
    assert quotes[1]["violations"][0]["nearest"]["start"][11:16] == "11:00"
    held = api.post("holds", {**wish_times(instrument), "access_mode": HELPED})
    problem(held, 409, "slot_taken")


def wish_times(instrument: Instrument) -> dict[str, object]:
    body = wish(instrument)
    del body["purpose"]
    return body


def test_qualified__operator_for_another_mode_only__asked_of_who_operates_it(ann: Resource) -> None:
    instrument, owner = helped_by(ann), firm_user()
    set_values(instrument, qualified=2)
    refused = Api(owner).post("quotes", wish(instrument)).json()
    assert [each["code"] for each in refused["violations"]] == ["qualified"]
    booking = booked(instrument, owner, filled=helped())
    with pytest.raises(RuleViolations):
        edit_reservation(viewer=owner, reservation=booking, filled=FilledChange(access_mode=ALONE))
    manager, alone = manager_of(instrument.institution), FilledChange(access_mode=ALONE)
    assert edit_reservation(viewer=manager, reservation=booking, filled=alone).access_mode == ALONE


def by_mode(lab: Institution) -> tuple[Instrument, Resource, Resource]:
    """Ann runs it for those whom she helps, Bob is there for those who operate it alone."""
    ann, bob = operator(lab, "Ann"), operator(lab, "Bob")
    instrument, slots = open_instrument(lab, access_modes=[ALONE, HELPED]), [[ann.pk], [bob.pk]]
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=slots, modes=[[HELPED], [ALONE]])
    return instrument, ann, bob


def test_operators__of_a_booking__those_of_its_way_of_use(lab: Institution) -> None:
    instrument, ann, bob = by_mode(lab)
    owner = firm_user()
    alone, with_help = booked(instrument, owner), booked(instrument, owner, slot("12:00"), filled=helped())
    for booking, who in ((alone, bob), (with_help, ann)):
        found = Api(owner).get(f"reservations/{booking.pk}/operators").json()
        assert [each["id"] for each in found["items"]] == [who.pk]


def test_series__one_in_another_way_of_use__is_the_one_refused(lab: Institution) -> None:
    instrument, ann, _bob = by_mode(lab)
    api = Api(firm_user())
    body = wish(instrument, access_mode=HELPED, repeat={"every": "week", "count": 3})
    series = api.post("series", body).json()
    other = series["occurrences"][1]["reservation"]
    api.patch(f"reservations/{other}", {"access_mode": ALONE})
    change = {"scope": "all", "start": "14:00", "operator": ann.pk}
    told = problem(api.patch(f"series/{series['id']}", change), 422, "rules_violated")
    assert [each["item"] for each in told["refused"]] == [1]
    assert [each["code"] for each in told["refused"][0]["violations"]] == ["operator_unknown"]
    assert len(taken(ann)) == 2


def test_qualified__assisted_but_nobody_booked_for_it__asked(lab: Institution) -> None:
    modes = [ALONE, HELPED, AccessMode.SAMPLE_SUBMISSION.value]
    instrument, api = open_instrument(lab, access_modes=modes), Api(firm_user())
    set_values(instrument, qualified=2)
    for needed in ([], [[shared(lab).pk]]):
        set_needs(viewer=manager_of(lab), instrument=instrument, slots=needed, modes=[[HELPED]] * len(needed))
        told = [api.post("quotes", wish(instrument, access_mode=mode)).json()["violations"] for mode in modes]
        assert [[each["code"] for each in broken] for broken in told] == [["qualified"], ["qualified"], []]
    problem(api.post("reservations", wish(instrument, access_mode=HELPED)), 422, "rules_violated")
