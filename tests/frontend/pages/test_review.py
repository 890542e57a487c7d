"""Utilisation: figures, sorting, drill-down, export, and who may see whose."""

import csv
import io
from datetime import date
from typing import Any

import pytest

from accounts.models import Role
from accounts.viewers import Viewer
from booking.utilisation.models import DailyFact
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.booking import firm_user, operator_of
from tests.factories.instruments import make_instrument
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

MARCH = date(2035, 3, 2)


def fact(instrument: Instrument, on: date = MARCH, *, open: int = 600, booked: int = 300, used: int = 240) -> None:  # noqa: A002 - as the field is called
    DailyFact.objects.create(
        instrument=instrument,
        on=on,
        open_minutes=open,
        booked_minutes=booked,
        used_minutes=used,
        external_minutes=60,
        bookings=2,
    )


def listed(name: str, region: str = "330600", **fields: Any) -> Instrument:
    instrument = make_instrument(
        make_institution(name_en=f"Institute of {name}", region=region), name_en=name, **fields
    )
    fact(instrument)
    return instrument


def review(viewer: Viewer | None, **query: Any) -> Any:
    return browser_of(viewer).get("/review/", query)


def test_review__this_month__adds_up_with_the_year_before() -> None:
    instrument = listed("Scope")
    fact(instrument, date(2034, 3, 2), open=300, booked=300)
    page = text_of(review(make_viewer("admin")))
    assert "1 March 2035 – Monday, 5 March 2035" in page
    assert "10.0" in page
    assert "year before: 5.0<br>+100.0%" in page
    assert "year before: 100.0%<br>−50.0 points" in page
    assert (
        f'data-label="{instrument.institution.name_en}" data-open="10.00" data-booked="5.00" data-used="4.00"'
        in page
    )


@pytest.mark.parametrize(
    ("by", "label"),
    [
        ("institution", "Institute of Scope"),
        ("instrument", "Scope"),
        ("region", "Shaoxing"),
        ("category", "Without category"),
        ("month", "2035-03"),
    ],
)
def test_review__every_grouping__has_its_rows(by: str, label: str) -> None:
    listed("Scope")
    assert f'data-label="{label}"' in text_of(review(make_viewer("admin"), by=by))


@pytest.mark.parametrize(
    ("query", "on", "outside"),
    [
        ({"period": "last-month"}, date(2035, 2, 28), date(2035, 3, 1)),
        ({"period": "quarter"}, date(2035, 1, 1), date(2034, 12, 31)),
        ({"period": "year"}, date(2035, 1, 1), date(2034, 12, 31)),
        ({"period": "dates", "first": "2034-05-01", "last": "2034-05-31"}, date(2034, 5, 31), date(2034, 6, 1)),
    ],
)
def test_review__periods__hold_their_days_only(query: dict[str, str], on: date, outside: date) -> None:
    instrument = make_instrument()
    fact(instrument, on, open=66)
    fact(instrument, outside, open=6000)
    assert 'data-open="1.10"' in text_of(review(make_viewer("admin"), **query))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"period": "dates", "first": "2035-03-02", "last": "2035-03-01"}, "The period is not valid"),
        ({"period": "dates", "first": "2020-01-01", "last": "2035-03-01"}, "The period is not valid"),
        ({"period": "dates", "first": "x", "last": ""}, "Enter a valid date."),
        ({"period": "dates"}, "Give the first and the last day."),
        ({"period": "century"}, "not one of the available choices"),
        ({"by": "colour"}, "not one of the available choices"),
    ],
)
def test_review__bad_input__is_said_and_this_month_is_shown(query: dict[str, str], reason: str) -> None:
    listed("Scope")
    response = review(make_viewer("admin"), **query)
    assert response.status_code == 200
    assert reason in text_of(response)
    assert "1 March 2035" in text_of(response)


def test_review__sort__orders_rows_and_says_so_to_screen_readers() -> None:
    small, large = listed("Small"), listed("Large")
    fact(large, date(2035, 3, 3), booked=6000)
    fact(small, date(2035, 3, 3), open=6000)
    falling = text_of(review(make_viewer("admin"), sort="-booked_hours"))
    assert falling.index("Institute of Large") < falling.index("Institute of Small")
    assert 'data-series="booked" aria-sort="descending"' in falling
    assert "sort=booked_hours" in falling
    rising = text_of(review(make_viewer("admin"), sort="booked_hours"))
    assert rising.index("Institute of Small") < rising.index("Institute of Large")
    assert review(make_viewer("admin"), sort="colour").status_code == 200


def test_review__row__leads_into_what_it_consists_of() -> None:
    instrument = listed("Scope")
    listed("Other")
    page = text_of(review(make_viewer("admin")))
    assert f'href="?institution={instrument.institution_id}&amp;by=instrument&amp;period=this-month"' in page
    inside = text_of(review(make_viewer("admin"), by="instrument", institution=instrument.institution_id))
    assert "Scope" in inside
    assert "Other" not in inside
    assert "No longer only" in inside
    months = text_of(review(make_viewer("admin"), by="month", instrument=instrument.pk))
    assert 'data-label="2035-03"' in months


def test_review__region_reviewer__sees_the_region_only() -> None:
    listed("Inside", "330602")
    outside = listed("Outside", "330100")
    reviewer = make_viewer(Role.REVIEWER, region="330600")
    page = text_of(review(reviewer, by="instrument"))
    assert "Inside" in page
    assert "Outside" not in page
    assert review(reviewer, institution=outside.institution_id).status_code == 404
    assert review(reviewer, instrument=outside.pk).status_code == 404


def test_review__manager__sees_the_own_institution_by_instrument() -> None:
    own, other = listed("Mine"), listed("Theirs")
    page = text_of(review(manager_of(own.institution)))
    assert 'data-label="Mine"' in page
    assert "Theirs" not in page
    assert review(manager_of(own.institution), institution=other.institution_id).status_code == 404


def test_review__others__are_refused() -> None:
    assert review(None).status_code == 302
    assert review(firm_user()).status_code == 403
    assert review(operator_of(make_institution())).status_code == 403
    assert browser_of(firm_user()).get("/review/export/").status_code == 403
    assert browser_of(make_viewer("admin")).post("/review/").status_code == 405


def test_review__without_figures__says_what_to_do() -> None:
    assert "No figures for this period" in text_of(review(make_viewer("admin")))


def test_export__holds_the_rows_as_seen() -> None:
    scope, _other = listed("Scope"), listed("Other")
    fact(scope, date(2035, 3, 3), booked=600)
    query = {"by": "instrument", "sort": "-booked_hours", "institution": str(scope.institution_id)}
    client = browser_of(make_viewer("admin"))
    assert (
        f"/review/export/?by=instrument&amp;sort=-booked_hours&amp;institution={scope.institution_id}"
        in text_of(client.get("/review/", query))
    )
    response = client.get("/review/export/", query)
    text = response.getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Instrument"] for row in rows] == ["Scope"]
    assert rows[0]["Booked hours (h)"] == "15.0"
    assert "utilisation-instrument-2035-03-01-2035-03-05.csv" in response["Content-Disposition"]


def test_review__many_rows__are_paged_with_a_fixed_number_of_queries() -> None:
    client = browser_of(make_viewer("admin"))
    listed("One")
    few = queries_of(client, "/review/", by="instrument")
    institution = make_institution()
    for _each in range(52):
        fact(make_instrument(institution))
    assert queries_of(client, "/review/", by="instrument") == few <= 7
    assert "page=2" in text_of(client.get("/review/", {"by": "instrument"}))
    second = text_of(client.get("/review/", {"by": "instrument", "page": "2"}))
    assert second.count("<tr data-label=") == 3
    assert text_of(client.get("/review/", {"by": "instrument", "page": "9999"})).count("<tr data-label=") == 0


@pytest.mark.parametrize(("minutes", "hours"), [(3, "0.1"), (9, "0.2"), (15, "0.3"), (21, "0.4")])
def test_halves__on_the_page_and_in_the_file__are_the_same(minutes: int, hours: str) -> None:
    instrument = make_instrument(make_institution(), name_en="Scope")
    fact(instrument, open=minutes * 80, booked=minutes, used=minutes)
    client = browser_of(make_viewer("admin"))
    page = text_of(client.get("/review/", {"by": "instrument"}))
    file = client.get("/review/export/", {"by": "instrument"}).getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(file))
    assert (row["Booked hours (h)"], row["Utilisation rate (0–1)"]) == (hours, "0.013")
    assert f'<td class="number">{hours}</td>' in page
    assert '<td class="number">1.3%</td>' in page
