"""What an instrument needs is kept by triggers: what it was, who changed it, and nothing that stayed."""

import pytest
from django.apps import apps

from accounts.models import Institution
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Resource, ResourceNeed
from instruments.catalogue.models import AccessMode, Instrument
from tests.booking.reservations.sharing import needing, shared
from tests.factories.accounts import manager_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

HELPED = AccessMode.OPERATOR_ASSISTED.value


def told(instrument: Instrument) -> list[tuple[str, int, str, list[str]]]:
    """What happened to each need, in order: slot, resource, access modes."""
    rows = apps.get_model("calendars", "ResourceNeedEvent").objects.filter(instrument=instrument).order_by("pgh_id")
    return list(rows.values_list("pgh_label", "slot", "resource__name", "modes"))


def test_set_needs__changed__history_says_what_who_and_by_what(
    lab: Institution, ann: Resource, bob: Resource
) -> None:
    chiller, manager = shared(lab), manager_of(lab)
    instrument = needing(lab, [ann], [chiller])
    slots = [[ann.pk, bob.pk], [chiller.pk]]
    set_needs(viewer=manager, instrument=instrument, slots=slots, modes=[[], [HELPED]])
    assert sorted(told(instrument)[:2]) == [("insert", 1, "Ann", []), ("insert", 2, "Chiller", [])]
    assert sorted(told(instrument)[2:]) == [
        ("delete", 2, "Chiller", []),
        ("insert", 1, "Bob", []),
        ("insert", 2, "Chiller", [HELPED]),
    ]
    last = apps.get_model("calendars", "ResourceNeedEvent").objects.latest("pgh_id")
    assert (last.pgh_context["command"], last.pgh_context["actor"]) == ("set_needs", manager.user_id)


def test_set_needs__what_is_so_already__keeps_its_rows(lab: Institution, ann: Resource, bob: Resource) -> None:
    instrument = needing(lab, [ann, bob])
    before = set(ResourceNeed.objects.values_list("pk", flat=True))
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=[[bob.pk, ann.pk]])
    assert (set(ResourceNeed.objects.values_list("pk", flat=True)), len(told(instrument))) == (before, 2)


def test_set_needs__slots_change_places__each_is_found_where_it_is(
    lab: Institution, ann: Resource, bob: Resource
) -> None:
    instrument = needing(lab, [ann], [bob])
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=[[bob.pk], [ann.pk]])
    found = ResourceNeed.objects.filter(instrument=instrument).order_by("slot")
    assert [need.resource_id for need in found] == [bob.pk, ann.pk]
