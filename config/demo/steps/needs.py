"""An operator whom one instrument needs where staff run it, and not where people operate it themselves."""

from collections.abc import Sequence

from accounts.models import Institution, Role, User
from booking.calendars.models import Resource, ResourceKind, ResourceNeed
from config.demo.steps.calendars import Calendared
from config.demo.steps.people import DEMO_ACCOUNTS
from instruments.catalogue.models import AccessMode, InstrumentStatus

_OWN, _RUN = AccessMode.SELF_OPERATED.value, AccessMode.OPERATOR_ASSISTED.value


def make_needs(institutions: Sequence[Institution], calendared: Sequence[Calendared]) -> None:
    """The operator of the institution that is shown runs its first instrument that can be used both ways.

    The free time of the index stays: it knows no way of use.
    """
    shown = [each.listed.instrument for each in calendared if each.listed.instrument.institution == institutions[0]]
    both = [
        each
        for each in shown
        if each.status == InstrumentStatus.PUBLISHED and {_OWN, _RUN} <= set(each.access_modes)
    ]
    (email,) = (email for email, _name, role in DEMO_ACCOUNTS if role == Role.OPERATOR)
    user = User.objects.get(email=email)
    operator = Resource.objects.create(
        kind=ResourceKind.OPERATOR, institution=institutions[0], name=user.name, user=user
    )
    for instrument in both[:1]:
        ResourceNeed.objects.create(instrument=instrument, slot=1, resource=operator, modes=[_RUN])
