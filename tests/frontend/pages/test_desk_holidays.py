"""The institution's holidays: the year, a look at who is affected, saving, tables, who may."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Institution, Role
from booking.calendars.commands.observe_holidays import observe_holidays
from booking.calendars.models import HolidayDay, OpeningProfile
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_viewer
from tests.factories.booking import MONDAY, booked, open_instrument, slot
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

TUESDAY = MONDAY + timedelta(days=1)
WISH = {"first": TUESDAY.isoformat(), "kind": "off", "is_official": "yes", "name": "Anniversary"}


@pytest.fixture
def instrument() -> Instrument:
    made = open_instrument()
    observe_holidays(viewer=make_viewer(Role.ADMIN), institution=made.institution, country="CN")
    run_jobs("calendars.follow_group")
    return made


def address(institution: Institution, year: int = MONDAY.year) -> str:
    return f"/desk/holidays/?institution={institution.pk}&year={year}"


def admin_of(institution: Institution):  # type: ignore[no-untyped-def]
    return browser_of(make_viewer(Role.ADMIN, institution=institution))


def test_holidays__preview_then_save__affected_told_and_sent_to_replanning(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=1))
    browser, place = admin_of(instrument.institution), address(instrument.institution)
    page = text_of(browser.post(place, WISH | {"action": "preview"}))
    assert "1 booking is affected" in page
    assert not HolidayDay.objects.exists()
    saved = browser.post(place, WISH | {"action": "save"})
    assert saved["Location"].startswith("/desk/replanning/")
    assert "Anniversary" in text_of(browser.get(place))


def test_holidays__stretch_that_affects_nobody__saved_and_listed(instrument: Instrument) -> None:
    browser, place = admin_of(instrument.institution), address(instrument.institution)
    last = (TUESDAY + timedelta(days=2)).isoformat()
    assert browser.post(place, WISH | {"last": last, "action": "save"}).status_code == 302
    assert HolidayDay.objects.filter(institution=instrument.institution).count() == 3


@pytest.mark.parametrize(
    "wrong", [{"first": ""}, {"last": "2035-03-01"}, {"last": "2036-03-01"}, {"kind": "x"}, {"first": "2150-01-01"}]
)
def test_holidays__what_can_not_be__said_at_the_field(instrument: Instrument, wrong: dict[str, str]) -> None:
    sent = admin_of(instrument.institution).post(address(instrument.institution), WISH | wrong)
    assert sent.status_code == 422
    assert not HolidayDay.objects.exists()


def test_holidays__table__previewed_kept_and_saved(instrument: Instrument) -> None:
    browser, place = admin_of(instrument.institution), address(instrument.institution)
    table = f"日期,类型,名称\n{TUESDAY},休,校庆\n"
    file = SimpleUploadedFile("days.csv", table.encode("gb18030"))
    assert "校庆" in text_of(browser.post(place, {"form": "table", "file": file, "action": "preview"}))
    assert browser.post(place, {"form": "table", "table": table, "action": "save"}).status_code == 302
    assert HolidayDay.objects.get().name == "校庆"


def test_holidays__dirty_table__every_line_with_its_reason(instrument: Instrument) -> None:
    sent = {"form": "table", "table": "date,kind\n2035-02-30,off\n2035-03-01,maybe\n", "action": "save"}
    answer = admin_of(instrument.institution).post(address(instrument.institution), sent)
    assert answer.status_code == 422
    assert "Line 2: There is no such day." in text_of(answer)
    assert "Line 3: Say off, working or ordinary." in text_of(answer)


def test_observe__not_any_more__profile_says_so(instrument: Instrument) -> None:
    place = f"/desk/holidays/{instrument.institution_id}/observe/"
    assert admin_of(instrument.institution).post(place, {"observe": "no"}).status_code == 302
    assert OpeningProfile.objects.get(institution=instrument.institution).holidays == ""


def test_holidays__managers_see_and_others_do_not__nobody_else_changes(instrument: Instrument) -> None:
    place = address(instrument.institution)
    manager = browser_of(make_viewer(Role.MANAGER, institution=instrument.institution))
    assert "See who is affected" not in text_of(manager.get(place))
    assert manager.post(place, WISH | {"action": "save"}).status_code == 403
    assert browser_of(make_viewer(Role.OPERATOR, institution=instrument.institution)).get(place).status_code == 403


def test_holidays__many_days__same_queries(instrument: Instrument) -> None:
    browser, place = admin_of(instrument.institution), address(instrument.institution)
    browser.get(place)
    few = queries_of(browser, place)
    HolidayDay.objects.bulk_create(
        HolidayDay(country="CN", on=TUESDAY + timedelta(days=n), is_working=False) for n in range(40)
    )
    assert queries_of(browser, place) == few
