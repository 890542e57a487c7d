"""Scenarios of what instruments share: a chiller, operators, instruments that need them."""

from accounts.models import Institution
from booking.calendars import functions
from booking.calendars.commands.add_resource import add_resource
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Claim, Resource, ResourceKind
from core import clock
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument, InstrumentGroup
from tests.factories.accounts import make_user, manager_of
from tests.factories.booking import open_instrument


def shared(lab: Institution, name: str = "Chiller", capacity: int = 1) -> Resource:
    """Something to share."""
    return add_resource(
        viewer=manager_of(lab), institution=lab, kind=ResourceKind.SHARED, name=name, capacity=capacity
    )


def operator(lab: Institution, name: str) -> Resource:
    """Somebody who runs instruments."""
    return add_resource(
        viewer=manager_of(lab), institution=lab, kind=ResourceKind.OPERATOR, name=name, user=make_user()
    )


def needing(lab: Institution, *slots: list[Resource], group: InstrumentGroup | None = None) -> Instrument:
    """An open instrument that needs one resource of each slot."""
    instrument = open_instrument(lab, group=group)
    keys = [[resource.pk for resource in each] for each in slots]
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=keys)
    return instrument


def taken(resource: Resource) -> list[TimeWindow]:
    """When it is claimed, in order."""
    return [TimeWindow.of(claim.occupies) for claim in Claim.objects.filter(resource=resource).order_by("occupies")]


def gaps_are_right(*instruments: Instrument) -> bool:
    """Whether their free gaps are the truth."""
    own = Resource.objects.filter(instrument__in=instruments).values_list("pk", flat=True)
    return all(functions.wrong_gaps(key, clock.now()) == [] for key in own)
