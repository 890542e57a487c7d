"""The header's links: what this viewer can open."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.selectors import viewer_of_request
from accounts.viewers import Viewer
from booking.reservations.selectors.requests import count_requests

register = template.Library()

MOST_COUNTED: Final = 99


class Link(NamedTuple):
    """One entry of the navigation. waiting: how much waits there, where something does."""

    address: str
    word: str | Promise
    is_current: bool
    waiting: str = ""


@register.inclusion_tag("components/navigation.html", takes_context=True)
def navigation(context: dict[str, Any]) -> dict[str, Any]:
    """The links of the viewer's roles, the page one is on marked; the longest match wins."""
    request: HttpRequest = context["request"]
    viewer = viewer_of_request(request)
    entries = [(reverse(name), word) for name, word in _entries(viewer)]
    fitting = [address for address, _word in entries if request.path.startswith(address)]
    current = max(fitting, key=len, default="")
    counts = {reverse("desk-requests"): _waiting(viewer)} if _is_staff(viewer) else {}
    return {
        "links": [Link(address, word, address == current, counts.get(address, "")) for address, word in entries]
    }


def _is_staff(viewer: Viewer) -> bool:
    return viewer.is_platform_admin or bool(viewer.institutions_as(Role.OPERATOR, Role.MANAGER, Role.ADMIN))


def _waiting(viewer: Viewer) -> str:
    """Requests that wait for a decision; many are not counted to the last."""
    waiting = count_requests(viewer, most=MOST_COUNTED + 1)
    return f"{MOST_COUNTED}+" if waiting > MOST_COUNTED else str(waiting or "")


@register.simple_tag(takes_context=True)
def people_links(context: dict[str, Any]) -> list[Link]:
    """The desk's pages about people and the whole institution that this viewer may open."""
    request: HttpRequest = context["request"]
    asker = viewer_of_request(request)
    manages = asker.is_platform_admin or bool(asker.institutions_as(Role.MANAGER, Role.ADMIN))
    pages = [
        ("desk-qualifications", _("Qualifications")),
        ("desk-trainings", _("Trainings")),
        ("desk-resources", _("Resources and operators")),
    ]
    if manages:
        pages += [
            ("desk-appeals", _("Appeals")),
            ("desk-agreement", _("Agreement")),
            ("desk-holidays", _("Holidays")),
        ]
    return [Link(reverse(name), word, request.path == reverse(name)) for name, word in pages]


@register.simple_tag(takes_context=True)
def viewer(context: dict[str, Any]) -> Viewer:
    """Who looks at the page: `{% viewer as me %}`."""
    return viewer_of_request(context["request"])


def _entries(viewer: Viewer) -> Iterator[tuple[str, Promise]]:
    yield "instruments", _("Instruments")
    if viewer.is_anonymous:
        return
    yield "bookings", _("My bookings")
    if _is_staff(viewer):
        yield "desk", _("Today at the desk")
        yield "desk-requests", _("Requests")
    if viewer.is_platform_admin or viewer.institutions_as(Role.MANAGER, Role.ADMIN):
        yield "desk-instruments", _("Manage instruments")
    if viewer.is_platform_admin or viewer.is_reviewer or viewer.institutions_as(Role.MANAGER, Role.ADMIN):
        yield "review", _("Utilisation")
