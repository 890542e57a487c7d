"""Set what a rule asks of bookings at a level that many instruments share."""

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.reservations.commands.policy_writing import refuse_impossible, write_value
from booking.reservations.events import PolicyChanged
from booking.reservations.policy_values import Inherit
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import limit_lock_wait, retried_when_busy
from instruments.catalogue.models import InstrumentGroup


@retried_when_busy
def set_shared_policy_value(
    *,
    viewer: Viewer,
    at: Institution | InstrumentGroup | None,
    code: str,
    value: int | Inherit | None,
    tier: str = "",
) -> bool:
    """Set, lift or take back a rule's value for an institution, a group, or (None) the platform.

    Returns whether that changed anything.
    value, tier: as for set_policy_value. No calendar is locked: bookings read the value when they are made, and
    screens hear of it from a job. Bookings are never touched.
    Raises: Forbidden, InvalidPolicyValue, CalendarBusy. Emits: PolicyChanged. Source: engine.md, "Meanings".
    """
    institution_id, group_id = _place(at)
    if not (viewer.is_platform_admin if institution_id is None else viewer.manages(institution_id)):
        raise Forbidden
    refuse_impossible(code, value, tier)
    owner = {
        "instrument_id": None,
        "group_id": group_id,
        "institution_id": institution_id if group_id is None else None,
    }
    with acting(actor_id=viewer.user_id, command="set_policy_value"):
        limit_lock_wait()
        changed = write_value(owner, code, tier, value)
        if changed:
            publish(PolicyChanged(code, institution_id, group_id))
    return changed


def _place(at: Institution | InstrumentGroup | None) -> tuple[int | None, int | None]:
    """Institution and group."""
    if isinstance(at, InstrumentGroup):
        return at.institution_id, at.pk
    return (None if at is None else at.pk), None
