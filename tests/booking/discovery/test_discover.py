"""What a searcher sees: price for the viewer, next free time, order, pages, and a bounded cost."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from accounts.models import Tier
from accounts.viewers import ANONYMOUS, Viewer
from booking.calendars.models import Resource
from booking.discovery import functions
from booking.discovery.selectors import Results, Search, by_time, cards_for, discover
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.models import PolicyValue
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import Filters
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    ALL_DAY,
    band,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def ids(results: Results) -> list[int]:
    return [card.instrument.pk for card in results.cards]


def free_for(hours: float, window: Any = None, **more: Any) -> Search:
    asked = window or slot("00:00", 24)
    return Search(free_from=asked.starts_at, free_to=asked.ends_at, minutes=int(hours * 60), **more)


def test_discover__free_for_that_long__only_where_it_fits() -> None:
    whole, split = make_bookable(), make_bookable()
    booked(split, window=slot("12:00", 2))
    assert ids(discover(firm_user(), free_for(8))) == [whole.pk]
    assert ids(discover(firm_user(), free_for(3))) == [whole.pk, split.pk]


def test_discover__cancelled__found_again_at_once() -> None:
    instrument, viewer = make_bookable(), firm_user()
    reservation = booked(instrument, viewer, slot("09:00", 8))
    assert ids(discover(viewer, free_for(1))) == []
    cancel_reservation(viewer=viewer, reservation=reservation)
    assert ids(discover(viewer, free_for(1))) == [instrument.pk]


def test_discover__soonest__in_order_of_their_next_window() -> None:
    later, sooner, latest = make_bookable(), make_bookable(), make_bookable()
    booked(later, window=slot("09:00", 2))
    booked(latest, window=slot("09:00", 4))
    found = discover(firm_user(), Search(sort="soonest"))
    assert ids(found) == [sooner.pk, later.pk, latest.pk]
    starts = [card.free.window for card in found.cards if card.free]
    assert starts == [slot("09:00", 0.5), slot("11:00", 0.5), slot("13:00", 0.5)]


def test_discover__price__in_order_for_this_viewer_and_within_the_limit() -> None:
    dear = open_instrument(prices={Tier.ENTERPRISE: 900, Tier.INTERNAL: 1})
    cheap = open_instrument(prices={Tier.ENTERPRISE: 100, Tier.INTERNAL: 800})
    assert ids(discover(firm_user(), Search(sort="price"))) == [cheap.pk, dear.pk]
    assert ids(discover(operator_of(dear.institution), Search(sort="price")))[0] == dear.pk
    assert ids(discover(firm_user(), Search(max_hourly_fen=500))) == [cheap.pk]


def test_discover__suspended__shown_but_never_free() -> None:
    instrument = open_instrument(status="suspended")
    (card,) = discover(firm_user(), Search()).cards
    assert (card.instrument, card.free and card.free.window) == (instrument, None)
    assert ids(discover(firm_user(), free_for(1))) == []


def test_discover__evening_for_internal_only__free_for_them() -> None:
    instrument = open_instrument(bands=[band("18:00", "22:00", tiers=Tier.INTERNAL.bit)])
    evening = slot("18:00", 4)
    assert ids(discover(firm_user(), free_for(2, evening))) == []
    assert ids(discover(operator_of(instrument.institution), free_for(2, evening))) == [instrument.pk]


def test_discover__filters_and_time_together__both_hold() -> None:
    one, _other = make_bookable(), make_bookable()
    search = free_for(1, filters=Filters(institution=one.institution_id))
    assert ids(discover(ANONYMOUS, search)) == [one.pk]
    assert ids(discover(ANONYMOUS, free_for(1, filters=Filters(q="nothing like it")))) == []


def test_discover__free_in_the_past__nothing_before_now() -> None:
    make_bookable()
    with time_machine.travel(slot("16:45", 1).starts_at, tick=False):
        assert ids(discover(firm_user(), free_for(1))) == []


@pytest.mark.parametrize(
    "search", [Search(), Search(sort="soonest"), free_for(1), Search(filters=Filters(q="spec"))]
)
def test_discover__pages__everything_once_in_a_stable_order(search: Search) -> None:
    keys = {make_bookable().pk for _ in range(5)}
    viewer, seen, offset = firm_user(), [], 0
    while True:
        page = discover(viewer, search, offset=offset, limit=2)
        seen += ids(page)
        if page.next_offset is None:
            break
        offset = page.next_offset
    assert (len(seen), set(seen)) == (5, keys)


@pytest.mark.parametrize("search", [Search(), Search(sort="soonest"), free_for(1), Search(sort="price")])
def test_discover__any_number__same_number_of_statements(search: Search) -> None:
    viewer = firm_user()

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            discover(viewer, search)
        return len(queries)

    make_bookable()
    before = statements()
    for _ in range(4):
        make_bookable()
    assert statements() == before <= 8


def test_cards__own_tier_and_revision__two_statements(django_assert_num_queries: Any) -> None:
    instrument = make_bookable()
    viewers: list[Viewer] = [ANONYMOUS, firm_user(), manager_of(instrument.institution)]
    prices = []
    for viewer in viewers:
        with django_assert_num_queries(2):
            (card,) = cards_for(viewer, [instrument])
        prices.append(card.hourly_fen)
        assert card.free
        assert card.free.revision == revision_of(instrument)
    assert prices == [30_000, 24_000, 10_000]
    assert cards_for(ANONYMOUS, []) == []


def test_cards__calendar_not_open_yet__no_window() -> None:
    instrument = make_bookable()
    Resource.objects.filter(instrument=instrument).update(gaps_until=None)
    instrument.resource.free_gaps.all().delete()
    (card,) = cards_for(ANONYMOUS, [Instrument.objects.select_related("institution").get()])
    assert card.free
    assert (card.free.window, card.free.is_now) == (None, False)


def test_cards__now__free_at_this_moment_or_later() -> None:
    instrument = make_bookable()
    with time_machine.travel(slot("09:10").starts_at, tick=False):
        (card,) = cards_for(firm_user(), [instrument])
        assert card.free
        assert (card.free.is_now, card.free.window) == (True, slot("09:30", 0.5))
        booked(instrument, window=slot("09:30", 1))
        (card,) = cards_for(firm_user(), [instrument])
        assert card.free
        assert card.free.window == slot("10:30", 0.5)


@pytest.fixture(params=["probe", "sweep of some", "sweep of many"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """All ways of asking the index must give the same."""
    if request.param != "probe":
        monkeypatch.setattr(functions, "MOST_PROBED", 0)
        monkeypatch.setattr(functions, "MOST_PROBED_RATIO", 10**9)
    if request.param == "sweep of many":
        monkeypatch.setattr(functions, "MOST_KNOWN", 0)
    return str(request.param)


SHORT = [band("09:00", "09:30"), band("11:00", "11:45")]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, [0, 1, 2, 3]), (30, [0, 1, 2, 3]), (45, [0, 2, 3]), (60, [0, 3]), (600, [3])]
)
def test_discover__probe_and_sweep__find_the_same(minutes: int, expected: list[int]) -> None:
    PolicyValue.objects.create(code="on_grid", value=15)
    instruments = [
        open_instrument(places=3),
        open_instrument(bands=[band("09:00", "09:30")]),
        open_instrument(bands=SHORT),
        open_instrument(bands=[ALL_DAY]),
    ]
    with time_machine.travel(slot("00:00").starts_at, tick=False):
        found = discover(firm_user(), Search(minutes=minutes, sort="soonest"))
    assert sorted(ids(found)) == [instruments[index].pk for index in expected]
    assert (found.count, found.count_exact) == (len(expected), True)


def test_sweep__gaps_of_parallel_places_fill_an_arm__looks_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "MOST_PROBED", 0)
    monkeypatch.setattr(functions, "MOST_PROBED_RATIO", 10**9)
    monkeypatch.setattr(functions, "GAPS_SWEPT", (1, 4))
    for _ in range(2):
        open_instrument(places=6)
    candidates = Instrument.objects.annotate(bit=Value(Tier.EXTERNAL.bit)).values_list("pk", "bit")
    day = slot("00:00", 24, day=1)
    since = slot("08:00").starts_at
    stretch = functions.Stretch(since, since, day.ends_at, minutes=60)
    keys = list(Instrument.objects.order_by("pk").values_list("pk", flat=True))
    found = functions.soonest(candidates, stretch, offset=0, limit=5, most=3)
    assert [offer.instrument_id for offer in found.page] == keys
    monkeypatch.setattr(functions, "GAPS_SWEPT", (1,))
    short = functions.soonest(candidates, stretch, offset=0, limit=5, most=3)
    assert (len(short.page), short.is_all) == (1, False)


@pytest.mark.usefixtures("way")
def test_discover__count__the_same_whatever_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        open_instrument(places=3)

    def counts() -> set[tuple[int, bool]]:
        found = [discover(firm_user(), Search(minutes=60), limit=limit) for limit in (1, 2, 50)]
        return {(each.count, each.count_exact) for each in found}

    assert counts() == {(4, True)}
    monkeypatch.setattr(by_time, "MOST_RANKED_BY_TIME", 4)
    assert counts() == {(4, True)}
    monkeypatch.setattr(by_time, "MOST_RANKED_BY_TIME", 3)
    monkeypatch.setattr(by_time, "MOST_SWEPT", 3)
    assert counts() == {(3, False)}


def test_discover__many_candidates__counts_few_and_pages_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "MOST_PROBED", 0)
    monkeypatch.setattr(functions, "MOST_PROBED_RATIO", 10**9)
    monkeypatch.setattr(by_time, "MOST_SWEPT", 2)
    keys = [make_bookable().pk for _ in range(5)]
    pages = [discover(firm_user(), free_for(1), offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [ids(page) for page in pages] == [keys[:2], keys[2:4], keys[4:]]
    assert {(page.count, page.count_exact) for page in pages} == {(2, False)}
    assert [page.next_offset for page in pages] == [2, 4, None]


@pytest.mark.usefixtures("way")
def test_discover__rules_leave_no_time_in_the_window__neither_offered_nor_counted() -> None:
    keys = [make_bookable().pk for _ in range(5)]
    PolicyValue.objects.create(instrument_id=keys[0], code="lead_time", value=3000)
    PolicyValue.objects.create(instrument_id=keys[1], code="min_duration", value=600)
    PolicyValue.objects.create(instrument_id=keys[2], code="min_duration", value=900)
    PolicyValue.objects.create(instrument_id=keys[2], code="max_duration", value=800)
    found = discover(firm_user(), free_for(1), limit=1)
    assert (ids(found), found.count, found.count_exact) == (keys[3:4], 2, True)


@pytest.mark.usefixtures("way")
def test_discover__staff__their_tier_at_home_and_another_elsewhere() -> None:
    evening = [band("18:00", "22:00", tiers=Tier.INTERNAL.bit)]
    home, away = (open_instrument(bands=evening) for _ in range(2))
    everywhere = make_bookable()
    found = discover(operator_of(home.institution), free_for(2), limit=5)
    assert (sorted(ids(found)), found.count) == ([home.pk, everywhere.pk], 2)
    assert away.pk not in ids(found)


@pytest.mark.usefixtures("way")
def test_discover__long_lead_time__pages_hold_everything_once_in_order_of_the_offers() -> None:
    keys = [make_bookable().pk for _ in range(5)]
    PolicyValue.objects.create(instrument_id=keys[0], code="lead_time", value=3000)
    pages = [discover(firm_user(), Search(sort="soonest"), offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [key for page in pages for key in ids(page)] == [*keys[1:], keys[0]]
    assert [page.next_offset for page in pages] == [2, 4, None]


def test_discover__days_beyond_the_index__computed_for_some(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [make_bookable().pk for _ in range(2)]
    search = free_for(2, slot("00:00", 24 * 7, day=42))
    found = discover(firm_user(), search)
    assert (ids(found), found.count, found.count_exact) == (keys, 2, True)
    assert [card.free.window for card in found.cards if card.free] == [slot(day=42)] * 2
    monkeypatch.setattr(by_time, "MOST_BEYOND", 1)
    found = discover(firm_user(), search)
    assert (ids(found), found.count, found.count_exact) == (keys[:1], 1, False)
