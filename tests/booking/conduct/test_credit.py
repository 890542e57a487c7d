"""Credit: entries, the balance, appeals."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction

from accounts.models import Role
from accounts.viewers import Viewer
from booking.conduct.commands.appeal_credit import appeal_credit
from booking.conduct.commands.change_credit import change_credit
from booking.conduct.commands.decide_appeal import decide_appeal
from booking.conduct.errors import AppealDecidedBefore, NotAppealable, OwnAppeal, ReasonMissing
from booking.conduct.events import AppealDecided, CreditChanged
from booking.conduct.models import CreditAppeal, CreditEntry, Reason
from booking.conduct.selectors import access_appeal, access_entry, appeals_to, credit_of
from core import clock
from core.errors import Forbidden, NotFound
from core.events import Event
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.booking import firm_user
from tests.factories.conduct import credited
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def appealed(person: Viewer) -> CreditAppeal:
    """Twenty points are taken and the person disagrees."""
    (entry,) = credited(person, [-20])
    assert entry is not None
    return appeal_credit(viewer=person, entry=access_entry(person, entry.pk), text="The door was locked")


@pytest.mark.parametrize(
    ("changes", "credit"),
    [
        ([], 100),
        ([-20], 80),
        ([-20, -10, 5], 75),
        ([-5, 20], 100),  # what would lift it above the start is lost
        ([-5, 20, -30], 70),
        ([-5, 20, -30, 10, 40, -1], 99),
        ([-60, -60], -20),
    ],
)
def test_credit__changes_in_order__never_above_the_start(changes: list[int], credit: int) -> None:
    person = firm_user()
    credited(person, changes)
    assert credit_of(person.person_id) == credit


def test_change__same_reason_twice__one_entry(published: list[Event]) -> None:
    person, place = firm_user(), make_institution()
    told: Any = partial(
        change_credit,
        person_id=person.person_id,
        institution_id=place.pk,
        reason=Reason.NO_SHOW,
        change=-20,
        reservation_id=5,
    )
    first = told()
    assert told() is None
    assert [each for each in published if isinstance(each, CreditChanged)] == [
        CreditChanged(first.pk, person.person_id, place.pk, 5)
    ]


@pytest.mark.parametrize("change", [0, 3])
def test_change__nothing_to_change__no_entry(change: int) -> None:
    person = firm_user()
    assert credited(person, [change]) == [None]
    assert not CreditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_change__told_sixteen_times_at_once__exactly_one_entry() -> None:
    person, place = firm_user(), make_institution()
    told = partial(
        change_credit,
        person_id=person.person_id,
        institution_id=place.pk,
        reason=Reason.NO_SHOW,
        change=-20,
        reservation_id=5,
    )
    answers = at_once([told] * 16)
    assert [type(each) for each in answers if each is not None] == [CreditEntry]
    assert (CreditEntry.objects.count(), credit_of(person.person_id)) == (1, 80)


def test_entries__changed_or_deleted__the_database_refuses() -> None:
    (entry,) = credited(firm_user(), [-20])
    assert entry is not None
    for spoil in (lambda: CreditEntry.objects.update(change=-1), entry.delete):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            spoil()


def test_appeal__granted__reversed_by_another_entry(published: list[Event]) -> None:
    person = firm_user()
    appeal = appealed(person)
    manager = manager_of(appeal.institution)
    decided = decide_appeal(viewer=manager, appeal=appeal, is_granted=True, answer="The lock was broken")
    reversal = CreditEntry.objects.get(reverses=appeal.entry)
    assert (reversal.change, reversal.reason, reversal.by_id) == (20, Reason.APPEAL_GRANTED, manager.user_id)
    assert (decided.state, credit_of(person.person_id)) == ("granted", 100)
    assert AppealDecided(appeal.pk, appeal.entry_id, person.person_id, appeal.institution_id, True) in published


def test_appeal__rejected__nothing_changes_and_it_is_over() -> None:
    person = firm_user()
    appeal = appealed(person)
    manager = manager_of(appeal.institution)
    decide_appeal(viewer=manager, appeal=appeal, is_granted=False, answer="The log says otherwise")
    assert credit_of(person.person_id) == 80
    with pytest.raises(AppealDecidedBefore):
        decide_appeal(viewer=manager, appeal=appeal, is_granted=True, answer="On second thought")
    with pytest.raises(NotAppealable):
        appeal_credit(viewer=person, entry=access_entry(person, appeal.entry_id), text="Again")


@pytest.mark.django_db(transaction=True)
def test_appeal__decided_by_eight_at_once__one_counts() -> None:
    person = firm_user()
    appeal = appealed(person)
    manager = manager_of(appeal.institution)
    decide = partial(decide_appeal, viewer=manager, appeal=appeal, answer="So be it")
    answers = at_once([partial(decide, is_granted=n % 2 == 0) for n in range(8)])
    assert sorted(type(each).__name__ for each in answers) == ["AppealDecidedBefore"] * 7 + ["CreditAppeal"]
    assert CreditEntry.objects.count() <= 2


def test_appeal__own_as_manager__somebody_else_decides() -> None:
    place = make_institution()
    manager = manager_of(place)
    (entry,) = credited(manager, [-20], place)
    assert entry is not None
    appeal = appeal_credit(viewer=manager, entry=entry, text="I was ill")
    with pytest.raises(OwnAppeal):
        decide_appeal(viewer=manager, appeal=appeal, is_granted=True, answer="Sure")


def test_appeal__too_late_empty_or_of_what_lifted__refused() -> None:
    person = firm_user()
    lowered, lifted = credited(person, [-20, 5])
    assert lowered is not None
    assert lifted is not None
    with pytest.raises(ReasonMissing):
        appeal_credit(viewer=person, entry=lowered, text="  ")
    with pytest.raises(NotAppealable):
        appeal_credit(viewer=person, entry=lifted, text="Too little")
    with time_machine.travel(clock.now() + timedelta(days=31)), pytest.raises(NotAppealable):
        appeal_credit(viewer=person, entry=lowered, text="Late")


def test_access__entries_and_appeals__own_or_managed_only() -> None:
    person = firm_user()
    appeal = appealed(person)
    with pytest.raises(NotFound):
        access_entry(firm_user(), appeal.entry_id)
    with pytest.raises(NotFound):
        access_appeal(firm_user(), appeal.pk)
    with pytest.raises(Forbidden):
        access_appeal(person, appeal.pk, "decide")
    with pytest.raises(Forbidden):
        appeals_to(make_viewer(Role.OPERATOR, institution=appeal.institution))
    assert list(appeals_to(manager_of(appeal.institution), is_open=True)) == [appeal]
