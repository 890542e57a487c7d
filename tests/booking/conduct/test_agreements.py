"""Texts that people sign, and reports on uses."""

from functools import partial

import pytest
from django.db import connection

from accounts.viewers import Viewer
from booking.conduct.commands.publish_agreement import publish_agreement
from booking.conduct.commands.sign_agreement import sign_agreement
from booking.conduct.commands.submit_usage_report import submit_usage_report
from booking.conduct.commands.withdraw_agreement import withdraw_agreement
from booking.conduct.errors import AgreementInvalid, AgreementReplaced, ReportedBefore
from booking.conduct.events import UsageReported
from booking.conduct.models import Agreement, Signature, UsageReport
from booking.conduct.selectors import agreements_for
from core.errors import Forbidden
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import firm_user, operator_of
from tests.factories.instruments import make_instrument
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def published_for(instrument: Instrument, *, whole: bool = True) -> Agreement:
    return publish_agreement(
        viewer=manager_of(instrument.institution),
        institution_id=instrument.institution_id,
        instrument_id=None if whole else instrument.pk,
        text_en="Wear goggles.",
    )


def unsigned(person: Viewer, instrument: Instrument) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conduct_unsigned(%s, %s, %s)", [person.user_id, instrument.institution_id, instrument.pk]
        )
        found: int | None = cursor.fetchone()[0]
    return found


def test_publish__again__a_new_version_to_sign_anew() -> None:
    instrument, person = make_instrument(), firm_user()
    first = published_for(instrument)
    sign_agreement(viewer=person, agreement=first)
    assert unsigned(person, instrument) is None
    second = published_for(instrument)
    assert (first.version, second.version, unsigned(person, instrument)) == (1, 2, second.pk)
    with pytest.raises(AgreementReplaced):
        sign_agreement(viewer=firm_user(), agreement=first)


def test_unsigned__institution_and_instrument__both_and_no_others() -> None:
    instrument, person = make_instrument(), firm_user()
    other = make_instrument(instrument.institution)
    general, special = published_for(instrument), published_for(instrument, whole=False)
    assert unsigned(person, instrument) == general.pk
    sign_agreement(viewer=person, agreement=general)
    assert (unsigned(person, instrument), unsigned(person, other)) == (special.pk, None)
    assert [each.is_signed for each in agreements_for(person, instrument)] == [False, True]  # type: ignore[attr-defined]


def test_sign__twice__one_signature() -> None:
    agreement, person = published_for(make_instrument()), firm_user()
    for _time in range(2):
        sign_agreement(viewer=person, agreement=agreement)
    assert Signature.objects.count() == 1


def test_withdraw__nothing_left_to_sign__once() -> None:
    instrument = make_instrument()
    agreement, manager = published_for(instrument), manager_of(instrument.institution)
    withdraw_agreement(viewer=manager, agreement=agreement)
    assert unsigned(firm_user(), instrument) is None
    with pytest.raises(AgreementReplaced):
        withdraw_agreement(viewer=manager, agreement=agreement)


def test_publish__by_an_operator_or_empty__refused() -> None:
    instrument = make_instrument()
    key = instrument.institution_id
    with pytest.raises(Forbidden):
        publish_agreement(viewer=operator_of(instrument.institution), institution_id=key, text_en="Text")
    with pytest.raises(AgreementInvalid):
        publish_agreement(viewer=manager_of(instrument.institution), institution_id=key, text_zh=" ")


@pytest.mark.django_db(transaction=True)
def test_publish__eight_at_once__versions_in_a_row_and_one_holds() -> None:
    instrument = make_instrument()
    manager = manager_of(instrument.institution)
    publish = partial(publish_agreement, viewer=manager, institution_id=instrument.institution_id, text_en="Text")
    at_once([publish] * 8)
    assert sorted(Agreement.objects.values_list("version", flat=True)) == list(range(1, 9))
    assert Agreement.objects.filter(replaced_at__isnull=True).count() == 1


def test_report__twice__one_stands(published: list[Event]) -> None:
    instrument, person = make_instrument(), firm_user()
    submit = partial(
        submit_usage_report,
        person_id=person.person_id,
        reservation_id=9,
        instrument_id=instrument.pk,
        had_problems=True,
        samples=3,
    )
    report = submit(text=" Lamp flickers ")
    assert (report.text, report.samples) == ("Lamp flickers", 3)
    assert UsageReported(report.pk, 9, instrument.pk, True) in published
    with pytest.raises(ReportedBefore):
        submit()
    assert UsageReport.objects.count() == 1
