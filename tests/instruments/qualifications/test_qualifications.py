"""Granting, extending and revoking qualifications; what holds at the end of a booking."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.viewers import Viewer
from core.errors import Forbidden, NotFound
from core.events import Event
from instruments.catalogue.models import Instrument
from instruments.qualifications.commands.extend_qualification import extend_qualification
from instruments.qualifications.commands.grant_qualification import grant_qualification
from instruments.qualifications.commands.revoke_qualification import revoke_qualification
from instruments.qualifications.errors import QualificationInvalid, QualificationRevokedBefore
from instruments.qualifications.events import QualificationGranted, QualificationRevoked
from instruments.qualifications.models import Level, Qualification
from instruments.qualifications.selectors import Subject, access_qualification, access_subject
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.booking import firm_user, operator_of
from tests.factories.conduct import make_group, qualified
from tests.factories.instruments import make_instrument
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

TODAY = date(2035, 3, 5)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def level_at(person: Viewer, instrument: Instrument, ends_at: datetime) -> int:
    zone = instrument.institution.zone
    group = instrument.group_id
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT qualification_level(%s, %s, %s, %s, %s)", [person.user_id, instrument.pk, group, ends_at, zone]
        )
        return int(cursor.fetchone()[0])


def on(day: int, hour: int, minute: int = 0, tz: ZoneInfo = SHANGHAI) -> datetime:
    return datetime(2035, 3, day, hour, minute, tzinfo=tz)


def test_grant__by_an_operator__holds_from_today_and_is_told(published: list[Event]) -> None:
    instrument, person = make_instrument(), firm_user()
    granted = grant_qualification(
        viewer=operator_of(instrument.institution),
        person_id=person.person_id,
        subject=Subject.of_instrument(instrument),
        level=Level.TRAINED,
        expires_on=date(2036, 1, 1),
    )
    assert (granted.granted_on, granted.expires_on, granted.level) == (TODAY, date(2036, 1, 1), Level.TRAINED)
    assert QualificationGranted(granted.pk, person.person_id, instrument.institution_id) in published


def test_grant__by_staff_of_another_place__forbidden() -> None:
    instrument = make_instrument()
    with pytest.raises(Forbidden):
        grant_qualification(
            viewer=manager_of(make_institution()),
            person_id=firm_user().person_id,
            subject=Subject.of_instrument(instrument),
            level=Level.TRAINED,
        )


@pytest.mark.parametrize("last_day", [date(2035, 3, 4), date(2999, 1, 1)])
def test_grant__last_day_past_or_beyond_all_time__refused(last_day: date) -> None:
    with pytest.raises(QualificationInvalid):
        qualified(firm_user(), make_instrument(), expires_on=last_day)


def test_grant__again__lasts_as_long_as_the_longer() -> None:
    instrument, person = make_instrument(), firm_user()
    for last_day in (date(2035, 6, 1), date(2035, 9, 1), date(2035, 4, 1)):
        qualified(person, instrument, expires_on=last_day)
    assert [each.expires_on for each in Qualification.objects.all()] == [date(2035, 9, 1)]


def test_grant__no_end_then_an_end__stays_without_end() -> None:
    instrument, person = make_instrument(), firm_user()
    qualified(person, instrument)
    assert qualified(person, instrument, expires_on=date(2035, 9, 1)).expires_on is None


def test_level__last_day__counts_until_its_midnight() -> None:
    instrument, person = make_instrument(), firm_user()
    qualified(person, instrument, Level.SUPERVISED, expires_on=date(2035, 3, 9))
    levels = [level_at(person, instrument, end) for end in (on(9, 23, 59), on(10, 0), on(10, 0, 1))]
    assert levels == [Level.SUPERVISED, Level.SUPERVISED, 0]


@pytest.mark.parametrize(
    ("zone", "last_day", "midnight"),
    [
        ("America/New_York", date(2035, 3, 11), datetime(2035, 3, 12, 4, tzinfo=UTC)),  # 23 hours long
        ("America/New_York", date(2035, 11, 4), datetime(2035, 11, 5, 5, tzinfo=UTC)),  # 25 hours long
        ("Europe/London", date(2035, 3, 25), datetime(2035, 3, 25, 23, tzinfo=UTC)),
        ("Europe/London", date(2035, 10, 28), datetime(2035, 10, 29, 0, tzinfo=UTC)),
    ],
)
def test_level__last_day_with_a_change_of_clocks__counts_whole(
    zone: str, last_day: date, midnight: datetime
) -> None:
    instrument, person = make_instrument(make_institution(zone=zone)), firm_user()
    qualified(person, instrument, expires_on=last_day)
    later = midnight.replace(minute=1)
    assert [level_at(person, instrument, at) for at in (midnight, later)] == [Level.INDEPENDENT, 0]


def test_level__of_the_group__holds_for_its_instruments_only() -> None:
    inside, person = make_instrument(), firm_user()
    outside = make_instrument(inside.institution)
    qualified(person, make_group(inside.institution, inside))
    assert [level_at(person, each, on(6, 12)) for each in (inside, outside)] == [Level.INDEPENDENT, 0]


def test_level__high_one_expires__the_lower_that_lasts_longer_remains() -> None:
    instrument, person = make_instrument(), firm_user()
    qualified(person, instrument, Level.INDEPENDENT, expires_on=date(2035, 3, 9))
    qualified(person, instrument, Level.TRAINED)
    assert [level_at(person, instrument, on(day, 12)) for day in (9, 10)] == [Level.INDEPENDENT, Level.TRAINED]


def test_revoke__with_a_reason__holds_no_more(published: list[Event]) -> None:
    instrument, person = make_instrument(), firm_user()
    held = qualified(person, instrument)
    manager = manager_of(instrument.institution)
    revoked = revoke_qualification(viewer=manager, qualification=held, reason="Broke the stage")
    assert (revoked.is_revoked, level_at(person, instrument, on(6, 12))) == (True, 0)
    assert QualificationRevoked(held.pk, person.person_id, instrument.institution_id) in published
    with pytest.raises(QualificationRevokedBefore):
        revoke_qualification(viewer=manager, qualification=held, reason="Again")


def test_revoke__then_granted_anew__a_second_row() -> None:
    instrument, person = make_instrument(), firm_user()
    first = qualified(person, instrument)
    revoke_qualification(viewer=manager_of(instrument.institution), qualification=first, reason="Mistake")
    second = qualified(person, instrument)
    assert second.pk != first.pk
    assert level_at(person, instrument, on(6, 12)) == Level.INDEPENDENT


def test_revoke__no_reason__refused() -> None:
    held = qualified(firm_user(), make_instrument())
    with pytest.raises(QualificationInvalid):
        revoke_qualification(viewer=manager_of(held.institution), qualification=held, reason=" ")


def test_extend__expired_one__holds_again() -> None:
    instrument, person = make_instrument(), firm_user()
    held = qualified(person, instrument, expires_on=TODAY)
    assert level_at(person, instrument, on(6, 12)) == 0
    extend_qualification(viewer=manager_of(instrument.institution), qualification=held, expires_on=date(2035, 5, 1))
    assert level_at(person, instrument, on(6, 12)) == Level.INDEPENDENT


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        (date(2035, 6, 1), date(2035, 5, 1)),
        (date(2035, 6, 1), date(2035, 6, 1)),
        (date(2035, 6, 1), date(2999, 1, 1)),
        (None, date(2036, 1, 1)),
        (None, None),
    ],
)
def test_extend__not_longer__refused(present: date | None, wanted: date | None) -> None:
    held = qualified(firm_user(), make_instrument(), expires_on=present)
    with pytest.raises(QualificationInvalid):
        extend_qualification(viewer=manager_of(held.institution), qualification=held, expires_on=wanted)


def test_access__strangers_and_holders__not_found_and_forbidden() -> None:
    person = firm_user()
    held = qualified(person, make_instrument())
    assert access_qualification(person, held.pk) == held
    with pytest.raises(Forbidden):
        access_qualification(person, held.pk, "manage")
    with pytest.raises(NotFound):
        access_qualification(firm_user(), held.pk)


def test_subject__both_neither_or_elsewhere__refused() -> None:
    instrument = make_instrument()
    group = make_group(instrument.institution, instrument)
    for named in (
        {"instrument_id": None, "group_id": None},
        {"instrument_id": instrument.pk, "group_id": group.pk},
    ):
        with pytest.raises(QualificationInvalid):
            access_subject(manager_of(instrument.institution), **named)
    with pytest.raises(Forbidden):
        access_subject(make_viewer(), instrument_id=None, group_id=group.pk)


@pytest.mark.django_db(transaction=True)
def test_grant__eight_at_once__one_row() -> None:
    instrument, person = make_instrument(), firm_user()
    grant: Any = partial(
        grant_qualification,
        viewer=manager_of(instrument.institution),
        person_id=person.person_id,
        subject=Subject.of_instrument(instrument),
        level=Level.TRAINED,
    )
    answers = at_once([grant] * 8)
    assert {type(answer) for answer in answers} == {Qualification}
    assert Qualification.objects.count() == 1
