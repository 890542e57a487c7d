"""What the week calendar's island is told: addresses, grid, and every word it says (types.ts, Settings)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from booking.reservations.rules.registry import all_rules
from frontend.presenters.weeks import Week
from frontend.templatetags.figures import browser_locale
from instruments.catalogue.models import Instrument


def calendar_settings(
    viewer: Viewer, instrument: Instrument, week: Week, *, revision: int, grid: int, sign_in: str
) -> dict[str, Any]:
    """Settings of types.ts, JSON-ready. sign_in: the address that leads back here afterwards."""
    return {
        "instrument": instrument.pk,
        "revision": revision,
        "zone": week.zone,
        "locale": browser_locale(),
        "date": week.first.isoformat(),
        "grid": grid,
        "signedIn": not viewer.is_anonymous,
        "canBook": not viewer.is_anonymous and instrument.status == "published",
        "later": ["sample_declared"],
        "waitable": [code for code, rule in all_rules().items() if rule.blocks_time],
        "addresses": {
            "availability": reverse("api-v1:get_availability", args=[instrument.pk]),
            "quotes": reverse("api-v1:quote"),
            "reservations": reverse("api-v1:create_reservation"),
            "bookings": reverse("bookings"),
            "instrument": reverse("instrument", args=["slug"]).replace("slug", "{slug}"),
            "signIn": sign_in,
            "wait": reverse("instrument-wait", args=[instrument.slug]),
            "rules": reverse("rules"),
            "freeWindows": reverse("instrument-free-windows", args=[instrument.slug]),
        },
        "texts": {**_stretches(), **_choosing(), **_booking(), **_moving()},
    }


def _stretches() -> dict[str, str]:
    """The words on the grid."""
    return {
        "closed": _("Not open"),
        "past": _("Over"),
        "taken": _("Taken"),
        "turnaround": _("Being made ready"),
        "own": _("Yours"),
        "hold": _("Being booked"),
        "closure": _("Closed"),
        "maintenance": _("Maintenance"),
        "pending": _("Just changed"),
        "draft": _("Your choice"),
        "draft_keys": _("Arrow keys move it, with Shift its end; Enter leads to the price."),
    }


def _choosing() -> dict[str, str]:
    """Price and broken rules."""
    return {
        "choose": _("Drag over free time, or type a start and an end: price and rules appear here."),
        "quoting": _("Asking for the price…"),
        "fits": _("This time can be booked."),
        "needs_approval": _("The institution approves such bookings first; the time is kept for you."),
        "total": _("Total"),
        "voucher": _("Paid by voucher"),
        "payable": _("You pay"),
        "unit_price": _("{quantity} {unit} at {price}"),
        "hour": _("h"),
        "broken": _("This time can't be booked"),
        "use_window": _("Take {window}"),
        "about_rule": _("About this rule"),
        "new_tab": _("(opens in a new tab)"),
        "wait": _("Wait for this time"),
        "alternatives": _("Free instead"),
        "at_other": _("{name}, {window}"),
    }


def _booking() -> dict[str, str]:
    """What becomes of a booking, and what can come between."""
    return {
        "booked": _("Booked"),
        "booked_body": _("{window} is yours. You can move or cancel it; what that costs is shown first."),
        "requested": _("Requested"),
        "requested_body": _("{window} is kept for you until the institution has approved it."),
        "see_bookings": _("See this booking"),
        "slot_taken": _("Somebody was faster: this time is no longer free."),
        "busy": _("Many people are booking here right now. Press Book again."),
        "unreachable": _("The server can't be reached. Nothing was booked; press Book again in a moment."),
        "signed_out": _("You are signed out. Sign in and choose the time again."),
        "sign_in": _("Sign in"),
        "refused": _("That did not work."),
        "load_failed": _("The calendar could not be renewed. What you see may be out of date."),
    }


def _moving() -> dict[str, str]:
    """One's own bookings on the grid."""
    return {
        "your_booking": _("Your booking"),
        "cancel": _("Cancel this booking"),
        "move_hint": _("Drag it on the calendar to move it."),
        "moving": _("Moving…"),
        "moved": _("Moved"),
        "undo": _("Undo"),
    }
