"""Series in words, and as the pages list them."""

from typing import Final

from babel.dates import get_day_names
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars.patterns import WEEKDAYS, Every, Repeat
from frontend.forms.series import ORDINAL_WORDS
from frontend.templatetags.figures import long_day, page_locale

_NUMBERS: Final = {name: number for number, name in enumerate(WEEKDAYS)}


def repeat_in_words(repeat: Repeat) -> str:
    """`every week on Monday, until Friday, 30 March 2035`. repeat: resolved."""
    how = _HOW[repeat.every](repeat)
    if repeat.until is None:
        return how
    return _("%(how)s, until %(day)s") % {"how": how, "day": long_day(repeat.until)}


def _by_week(repeat: Repeat) -> str:
    if repeat.interval == 1:
        return _("every week on %(days)s") % {"days": _names(repeat)}
    return _("every %(count)d weeks on %(days)s") % {"count": repeat.interval, "days": _names(repeat)}


def _by_days(repeat: Repeat) -> str:
    return _("every day") if repeat.interval == 1 else _("every %(count)d days") % {"count": repeat.interval}


def _by_month(repeat: Repeat) -> str:
    named = {"which": ORDINAL_WORDS[repeat.ordinal or 1], "day": _names(repeat), "count": repeat.interval}
    if repeat.interval == 1:
        return _("on the %(which)s %(day)s of every month") % named
    return _("on the %(which)s %(day)s of every %(count)d months") % named


def _names(repeat: Repeat) -> str:
    names = get_day_names("wide", context="format", locale=page_locale())
    return pgettext("between the names of days", ", ").join(names[_NUMBERS[day]] for day in repeat.weekdays)


_HOW: Final = {
    Every.WEEK: _by_week,
    Every.DAYS: _by_days,
    Every.WEEKDAYS: lambda repeat: _("Monday to Friday"),
    Every.MONTH_WEEKDAY: _by_month,
}
