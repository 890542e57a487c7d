"""Whose a booking is, in words: a person's, or that of a firm for which somebody booked."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from booking.reservations.models import Reservation
from frontend.templatetags.pieces import shown

register = template.Library()


@register.filter
def beneficiary(reservation: Reservation) -> str | SafeString:
    """The person; the firm where the booking names none."""
    if reservation.user is not None or reservation.account is None:
        return str(reservation.user or "")
    return shown(reservation.account.text)


@register.filter
def besides(reservation: Reservation) -> str | SafeString:
    """What is said after it: the person's firm, or who booked for the firm."""
    if reservation.account is None:
        return ""
    if reservation.user is not None:
        return format_html(" · {}", shown(reservation.account.text))
    return f" · {booked_by(reservation)}"


@register.filter
def booked_by(reservation: Reservation) -> str:
    """Who booked it, as a phrase."""
    return _("booked by %(name)s") % {"name": reservation.booked_by}


@register.filter
def contact(reservation: Reservation) -> User | None:
    """Whom to call about it."""
    return reservation.user or reservation.booked_by
