"""Give a shared resource or an operator another name."""

from accounts.viewers import Viewer
from booking.calendars.commands.add_resource import InvalidResource
from booking.calendars.models import Resource
from core.errors import Forbidden
from core.history import acting


def rename_resource(*, viewer: Viewer, resource: Resource, name: str) -> None:
    """Raises: Forbidden, InvalidResource."""
    if not viewer.manages(resource.institution_id):
        raise Forbidden
    if not name.strip():
        raise InvalidResource
    with acting(actor_id=viewer.user_id, command="rename_resource"):
        resource.name = name.strip()[:120]
        resource.save(update_fields=["name"])
