"""qualified, credit_sufficient, agreement_signed, no_open_feedback: pure, and from the database."""

from datetime import date
from typing import Any

import pytest
import time_machine

from accounts.models import Role
from accounts.viewers import Viewer
from booking.calendars.models import Resource, ResourceNeed
from booking.conduct.commands.publish_agreement import publish_agreement
from booking.conduct.commands.sign_agreement import sign_agreement
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.book import book
from booking.reservations.commands.report_use import report_use
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.errors import RuleViolations
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Context, evaluate
from booking.reservations.selectors.verdicts import verdict
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.qualifications.models import Level
from tests.booking.reservations.test_rules import check, context
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import ALL_DAY, MONDAY, booked, firm_user, make_bookable, open_instrument, slot
from tests.factories.conduct import credited, make_group, qualified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def setting(instrument: Instrument, code: str, value: int) -> Instrument:
    set_policy_value(viewer=manager_of(instrument.institution), instrument=instrument, code=code, value=value)
    return instrument


def broken(viewer: Viewer, instrument: Instrument, window: TimeWindow | None = None) -> dict[str, Any]:
    reached = verdict(viewer=viewer, instrument=instrument, window=window or slot())
    return {each.code: (each.limit, each.actual) for each in reached.violations}


def read(viewer: Viewer, instrument: Instrument) -> Context:
    return verdict(viewer=viewer, instrument=instrument, window=slot()).context


@pytest.mark.parametrize(
    ("asked", "held", "passes"), [(0, 0, True), (2, None, True), (2, 2, True), (2, 3, True), (2, 1, False)]
)
def test_qualified__level_asked_and_held__as_high_or_higher(asked: int, held: int | None, passes: bool) -> None:
    assert (check("qualified", context(values={"qualified": asked}, level=held)) is None) is passes


def test_qualified__nothing_held__says_what_is_needed_and_staff_may_waive() -> None:
    violation = check("qualified", context(values={"qualified": Level.INDEPENDENT}, level=0))
    assert violation is not None
    assert (violation.limit, violation.actual) == ("independent", None)


@pytest.mark.parametrize(
    ("least", "credit", "passes"), [(None, 0, True), (60, None, True), (60, 60, True), (60, 59, False)]
)
def test_credit__least_and_present__at_least(least: int | None, credit: int | None, passes: bool) -> None:
    found = check("credit_sufficient", context(values={"credit_sufficient": least}, credit=credit))
    assert (found is None) is passes


def test_facts__no_value_asks__not_read() -> None:
    person, instrument = firm_user(), make_bookable()
    credited(person, [-50])
    judged = read(person, instrument)
    assert (judged.level, judged.credit, judged.unsigned, judged.unreported) == (None, None, None, None)


def test_qualified__expires_during_the_booking__broken() -> None:
    instrument = setting(open_instrument(make_institution(), bands=[ALL_DAY]), "qualified", Level.TRAINED)
    person = firm_user()
    qualified(person, instrument, Level.SUPERVISED, expires_on=MONDAY)
    assert broken(person, instrument, slot("20:00", 4)) == {}
    assert broken(person, instrument, slot("20:00", 5)) == {"qualified": ("trained", None)}


def test_qualified__by_the_group_or_waived_by_staff__booked() -> None:
    instrument = setting(make_bookable(), "qualified", Level.INDEPENDENT)
    person, manager = firm_user(), manager_of(instrument.institution)
    with pytest.raises(RuleViolations):
        booked(instrument, person)
    qualified(person, make_group(instrument.institution, instrument))
    booked(instrument, person)
    book(viewer=manager, instrument=instrument, window=slot("13:00"), waivers={"qualified": "Repairs it"})


@pytest.mark.parametrize(
    ("modes", "is_asked"),
    [([], True), (["self_operated", "sample_submission"], True), (["operator_assisted"], False)],
)
def test_qualified__by_access_mode__where_people_operate_it_themselves(modes: list[str], is_asked: bool) -> None:
    instrument = setting(open_instrument(make_institution(), access_modes=modes), "qualified", Level.TRAINED)
    assert ("qualified" in broken(firm_user(), instrument)) is is_asked


def test_qualified__an_operator_runs_it__not_asked() -> None:
    instrument = setting(make_bookable(), "qualified", Level.TRAINED)
    operator = Resource.objects.create(kind="operator", institution=instrument.institution, name="Wang")
    ResourceNeed.objects.create(instrument=instrument, resource=operator)
    assert "qualified" not in broken(firm_user(), instrument)


def test_credit__below_the_limit__refused_until_it_is_back() -> None:
    instrument, person = setting(make_bookable(), "credit_sufficient", 90), firm_user()
    credited(person, [-20])
    assert broken(person, instrument) == {"credit_sufficient": (90, 80)}
    credited(person, [10], first=50)
    assert broken(person, instrument) == {}
    assert read(person, instrument).credit == 90


def test_agreement__unsigned__broken_until_signed_or_not_asked_for() -> None:
    instrument, person = make_bookable(), firm_user()
    manager = manager_of(instrument.institution)
    agreement = publish_agreement(viewer=manager, institution_id=instrument.institution_id, text_en="Goggles")
    assert broken(person, instrument) == {"agreement_signed": (agreement.pk, None)}
    sign_agreement(viewer=person, agreement=agreement)
    assert broken(person, instrument) == {}
    other = setting(open_instrument(instrument.institution), "agreement_signed", 0)
    assert broken(firm_user(), other) == {}


def test_feedback__last_use_not_reported__broken_until_it_is() -> None:
    instrument = setting(setting(make_bookable(), "no_open_feedback", 1), "check_in_required", 0)
    person = firm_user()
    use, later = booked(instrument, person), slot("09:00", day=1)
    assert broken(person, instrument, later) == {}
    with time_machine.travel(slot().ends_at, tick=False):
        advance_reservations()
        assert broken(person, instrument, later) == {"no_open_feedback": (use.pk, None)}
        assert broken(firm_user(), instrument, later) == {}
        report_use(viewer=person, reservation=Reservation.objects.get(pk=use.pk), text="Fine")
        assert broken(person, instrument, later) == {}


def test_rules__of_conduct__waivable_by_staff() -> None:
    judged = context(
        values={"qualified": 1, "credit_sufficient": 50, "agreement_signed": 1, "no_open_feedback": 1},
        level=0,
        credit=10,
        unsigned=4,
        unreported=5,
    )
    found = {each.code: each.waivable_by for each in evaluate(judged)}
    staff = (Role.OPERATOR, Role.MANAGER, Role.ADMIN)
    assert found == dict.fromkeys(("agreement_signed", "credit_sufficient", "no_open_feedback", "qualified"), staff)


def test_level__half_a_year_ahead__by_the_date_of_the_end() -> None:
    instrument, person = setting(make_bookable(), "qualified", Level.TRAINED), firm_user()
    qualified(person, instrument, expires_on=date(2035, 3, 7))
    assert [bool(broken(person, instrument, slot(day=day))) for day in (2, 3)] == [False, True]


def test_approval__credit_below_the_limit__waits_whatever_the_mode() -> None:
    instrument, person = setting(make_bookable(), "approval_below_credit", 90), firm_user()
    assert booked(instrument, person, slot("13:00")).status == "confirmed"
    credited(person, [-20])
    assert booked(instrument, person).status == "requested"
