"""Reports: who sees what, sums, ratios, order, pages."""

from datetime import date

import pytest
from django.utils import translation

from accounts.models import Institution, Role
from accounts.viewers import ANONYMOUS, Viewer
from booking.utilisation.errors import PeriodInvalid, UnknownGrouping, UnknownMetric
from booking.utilisation.metrics.registry import Unit, all_metrics
from booking.utilisation.selectors import Period, Report, utilisation_report, utilisation_rows
from booking.utilisation.selectors.groupings import GROUPINGS
from core.errors import Forbidden, NotSignedIn
from instruments.catalogue.commands.load_categories import load_first_two_levels
from instruments.catalogue.models import Instrument
from tests.booking.utilisation.scenario import make_fact
from tests.factories.accounts import make_enterprise, make_institution, make_viewer
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
SUMMED = ("open_hours", "booked_hours", "used_hours", "external_hours", "bookings")


@pytest.fixture
def keqiao() -> Instrument:
    """A chromatograph in Keqiao with two days in March, one in February, one a year before."""
    load_first_two_levels()
    instrument = make_instrument(make_institution(region="330603"), category="010500")
    make_fact(instrument, date(2026, 3, 2), open_hours=8, booked=4, used=3, external=1)
    make_fact(instrument, date(2026, 3, 3), open_hours=8, booked=2, used=2, external=1)
    make_fact(instrument, date(2026, 2, 27), open_hours=8, booked=8, used=8)
    make_fact(instrument, date(2025, 3, 3), open_hours=4, booked=1, used=1)
    return instrument


@pytest.fixture
def ningbo() -> Instrument:
    """A textile tester in Ningbo, open and idle."""
    load_first_two_levels()
    instrument = make_instrument(make_institution(region="330212"), category="120500")
    make_fact(instrument, date(2026, 3, 2), open_hours=24)
    return instrument


def admin() -> Viewer:
    return make_viewer(Role.ADMIN)


def march(viewer: Viewer, by: str = "institution", **asked: object) -> Report:
    return utilisation_report(viewer=viewer, by=by, period=MARCH, **asked)  # type: ignore[arg-type]


def seen(viewer: Viewer) -> set[str]:
    return {row.key for row in march(viewer, "instrument").rows}


def test_report__one_instrument__has_every_metric(keqiao: Instrument) -> None:
    (row,) = march(admin()).rows
    assert row.key == str(keqiao.institution_id)
    assert row.values == {
        "open_hours": 16.0,
        "booked_hours": 6.0,
        "used_hours": 5.0,
        "external_hours": 2.0,
        "booking_rate": pytest.approx(6 / 16),
        "utilisation": pytest.approx(5 / 16),
        "sharing_rate": pytest.approx(2 / 5),
        "bookings": 6,
    }


def test_report__year_before__is_beside_the_totals(keqiao: Instrument) -> None:
    report = march(admin())
    assert (report.totals["booked_hours"], report.year_before["booked_hours"]) == (6.0, 1.0)


@pytest.mark.parametrize("by", GROUPINGS)
def test_report__by_anything__totals_are_the_sums_of_its_rows(
    by: str, keqiao: Instrument, ningbo: Instrument
) -> None:
    report = march(admin(), by)
    assert {code: sum(row.values[code] or 0 for row in report.rows) for code in SUMMED} == {
        code: report.totals[code] for code in SUMMED
    }


@pytest.mark.parametrize(
    ("by", "keys", "labels"),
    [
        ("category", ["120000", "010000"], ["Process test equipment", "Analytical instruments"]),
        ("region", ["330200", "330600"], ["Ningbo", "Shaoxing"]),
        ("month", ["2026-03"], ["2026-03"]),
    ],
)
def test_report__grouping__names_its_rows(
    by: str, keys: list[str], labels: list[str], keqiao: Instrument, ningbo: Instrument
) -> None:
    with translation.override("en"):
        report = march(admin(), by)
    assert [row.key for row in report.rows] == keys
    assert [row.label.text for row in report.rows] == labels


def test_report__nothing_used__sharing_rate_is_undefined(ningbo: Instrument) -> None:
    report = march(admin())
    assert report.rows[0].values["sharing_rate"] is None
    assert report.rows[0].values["utilisation"] == 0


def test_report__no_facts_at_all__is_empty_with_zero_totals() -> None:
    report = march(admin())
    assert (report.rows, report.count, report.next_offset) == ([], 0, None)
    assert report.totals == {m.code: None if m.unit is Unit.RATIO else 0 for m in all_metrics().values()}


def test_report__sorted_by_a_ratio__undefined_comes_last(keqiao: Instrument, ningbo: Instrument) -> None:
    by_share = [str(keqiao.pk), str(ningbo.pk)]
    for sort in ("sharing_rate", "-sharing_rate"):
        rows = march(admin(), "instrument", sort=sort, metrics=("open_hours",)).rows
        assert [row.key for row in rows] == by_share
        assert set(rows[0].values) == {"open_hours"}


def test_report__page_by_page__gives_every_row_once(keqiao: Instrument, ningbo: Instrument) -> None:
    first = march(admin(), "instrument", limit=1)
    second = march(admin(), "instrument", limit=1, offset=1)
    assert (first.count, first.next_offset, second.next_offset) == (2, 1, None)
    assert [first.rows[0].key, second.rows[0].key] == [str(ningbo.pk), str(keqiao.pk)]


def test_report__draft__is_nobodys(keqiao: Instrument) -> None:
    Instrument.objects.filter(pk=keqiao.pk).update(status="draft")
    assert march(admin()).rows == []


def test_report__rows_for_export__are_those_of_the_report(keqiao: Instrument, ningbo: Instrument) -> None:
    viewer = admin()
    _grouping, _metrics, rows = utilisation_rows(viewer=viewer, by="institution", period=MARCH)
    assert list(rows) == march(viewer).rows


def _viewers(keqiao: Instrument) -> dict[str, Viewer]:
    home = keqiao.institution
    return {
        "platform admin": admin(),
        "province": make_viewer(Role.REVIEWER),
        "province by code": make_viewer(Role.REVIEWER, region="330000"),
        "city": make_viewer(Role.REVIEWER, region="330600"),
        "county": make_viewer(Role.REVIEWER, region="330603"),
        "other county": make_viewer(Role.REVIEWER, region="330604"),
        "manager": make_viewer(Role.MANAGER, institution=home),
        "institution admin": make_viewer(Role.ADMIN, institution=home),
    }


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("platform admin", "both"),
        ("province", "both"),
        ("province by code", "both"),
        ("city", "own"),
        ("county", "own"),
        ("other county", "none"),
        ("manager", "own"),
        ("institution admin", "own"),
    ],
)
def test_report__role__decides_whose_facts_are_added_up(
    who: str, sees: str, keqiao: Instrument, ningbo: Instrument
) -> None:
    own = {str(keqiao.pk)}
    assert seen(_viewers(keqiao)[who]) == {"both": own | {str(ningbo.pk)}, "own": own, "none": set()}[sees]


def test_report__operator_or_firm_user__is_forbidden(keqiao: Instrument) -> None:
    home: Institution = keqiao.institution
    for viewer in (
        make_viewer(Role.OPERATOR, institution=home),
        make_viewer(Role.FIRM_USER, enterprise=make_enterprise()),
        make_viewer(),
    ):
        with pytest.raises(Forbidden):
            march(viewer)


def test_report__anonymous__must_sign_in() -> None:
    with pytest.raises(NotSignedIn):
        march(ANONYMOUS)


def test_report__unknown_names__say_which_are_known() -> None:
    with pytest.raises(UnknownMetric) as metric:
        march(admin(), metrics=("open_hours", "happiness"))
    assert "open_hours" in metric.value.extra["known"]
    with pytest.raises(UnknownGrouping) as by:
        march(admin(), by="colour")
    assert "institution" in by.value.extra["known"]


@pytest.mark.parametrize(
    ("from_on", "until_on"),
    [
        (date(2026, 3, 2), date(2026, 3, 2)),
        (date(2026, 3, 2), date(2026, 3, 1)),
        (date(2020, 1, 1), date(2026, 1, 1)),
        (date(1, 1, 1), date(1, 2, 1)),
    ],
)
def test_period__empty_or_endless__is_refused(from_on: date, until_on: date) -> None:
    with pytest.raises(PeriodInvalid):
        Period(from_on, until_on)


def test_period__year_before_a_leap_day__begins_on_the_first_of_march() -> None:
    assert Period(date(2028, 2, 29), date(2028, 3, 8)).year_before == Period(date(2027, 3, 1), date(2027, 3, 8))


@pytest.mark.parametrize(
    ("by", "queries"), [("institution", 3), ("instrument", 3), ("category", 3), ("region", 2), ("month", 2)]
)
def test_report__many_rows__takes_as_many_queries_as_few(
    by: str, queries: int, keqiao: Instrument, django_assert_num_queries: object
) -> None:
    viewer = admin()
    for _ in range(5):
        make_fact(make_instrument(), date(2026, 3, 2), open_hours=8)
    with django_assert_num_queries(queries):  # type: ignore[operator]
        march(viewer, by)
