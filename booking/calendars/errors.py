from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class SlotTaken(Conflict):
    """The time is taken or closed. extra: violations, alternatives, zone; of an absence: affected, zone."""

    code = "slot_taken"
    title = _("This time is no longer free.")


class AccountUnknown(Invalid):
    """No operator's account has this e-mail address."""

    code = "account_unknown"
    title = _("Nobody has an account with this address.")


class OperatorListed(Conflict):
    """The account operates there already: one person can't run two bookings at once. extra: resource (id)."""

    code = "operator_listed"
    title = _("This account is listed as an operator already.")


class ResourceNeeded(Conflict):
    """Instruments need it still. extra: instruments (ids)."""

    code = "resource_needed"
    title = _("Instruments still need it; take it off them first.")


class CapacityClaimed(Conflict):
    """Fewer places than are booked. extra: reservations (ids)."""

    code = "capacity_claimed"
    title = _("More places are booked than the new number leaves.")
