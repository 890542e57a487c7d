"""List something that several instruments share, or an operator."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from accounts.viewers import Viewer
from booking.calendars.errors import OperatorListed
from booking.calendars.models import Resource, ResourceKind
from core.errors import Forbidden, Invalid

MOST_AT_ONCE: Final = 200


class InvalidResource(Invalid):
    """Without a name, of another kind, or with an impossible number of places."""

    code = "resource_invalid"
    title = _("Give a name, the kind shared or operator, and 1 to 200 places; an operator has one.")


@transaction.atomic
def add_resource(
    *,
    viewer: Viewer,
    institution: Institution,
    kind: ResourceKind,
    name: str,
    capacity: int = 1,
    user: User | None = None,
) -> Resource:
    """A new resource of an institution, which instruments may need. user: an operator's account, if any.

    Raises: Forbidden, InvalidResource, OperatorListed (extra: resource).
    """
    if not viewer.manages(institution.pk):
        raise Forbidden
    operates = kind == ResourceKind.OPERATOR
    if (
        not name.strip()
        or kind == ResourceKind.INSTRUMENT
        or not 1 <= capacity <= (1 if operates else MOST_AT_ONCE)
    ):
        raise InvalidResource
    if operates and user is not None:
        _check_new(institution, user)
    return Resource.objects.create(
        institution=institution, kind=kind, name=name.strip(), capacity=capacity, user=user if operates else None
    )


def _check_new(institution: Institution, user: User) -> None:
    """Listed twice, one person could be booked for two instruments at the same time."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once would not see each other's
    known = Resource.objects.filter(
        institution=institution, user=user, kind=ResourceKind.OPERATOR, is_retired=False
    )
    if (listed := known.first()) is not None:
        raise OperatorListed(resource=listed.pk)
