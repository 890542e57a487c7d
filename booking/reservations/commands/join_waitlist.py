"""Wait for time that is taken."""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.types.range import TimestamptzRange

from accounts.viewers import Viewer
from booking.intake.questions import mode_of
from booking.reservations.commands.book import Wanted, context_of
from booking.reservations.commands.editing import Subjects, lock_calendars
from booking.reservations.errors import RuleViolations
from booking.reservations.models import STILL_WAITING, WaitlistEntry
from booking.reservations.rules.registry import Context, all_rules, evaluate
from booking.reservations.selectors.beneficiaries import refuse_strangers
from booking.reservations.selectors.offers import Alternative
from booking.reservations.selectors.wishes import Wish, first_free, first_open
from core import clock
from core.errors import Conflict, Invalid
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

MOST_WAITING: Final = 20
LONGEST_SPAN: Final = timedelta(days=90)


class BookableNow(Conflict):
    """There is nothing to wait for. alternatives: the window that can be booked."""

    code = "bookable_now"
    title = gettext_lazy("This time can be booked right now: there is nothing to wait for.")


class AlreadyWaiting(Conflict):
    """The same wish of the same person. entry: its id."""

    code = "already_waiting"
    title = gettext_lazy("You already wait for this.")


class TooManyWaiting(Conflict):
    """The person waits for as much as one may."""

    code = "too_many_waiting"
    title = gettext_lazy("You wait for 20 times already. Leave one of them first.")


class WishInvalid(Invalid):
    """No instrument could ever have such a time."""

    code = "wish_invalid"
    title = gettext_lazy("This can't be waited for.")


@retried_when_busy
def join_waitlist(*, viewer: Viewer, instrument: Instrument, wish: Wish) -> WaitlistEntry:
    """Queue for a window, or for any window of a length within a span.

    The calendar is locked, so that time which is just being freed is either seen here or offered.
    Raises: BookableNow, RuleViolations (rules other than the taken time), AlreadyWaiting, TooManyWaiting,
    WishInvalid, AccessModeNotOffered, Forbidden, NotSignedIn, CalendarBusy. Source: domain.md, "Waitlist".
    """
    refuse_strangers(viewer, wish.account_id)
    _refuse_impossible(wish)
    lock_calendars([instrument.pk], subjects=Subjects.of((viewer.user_id, wish.account_id), holds=True))
    _refuse_more(viewer, instrument, wish)
    _refuse_unless_taken(viewer, instrument, wish)
    return WaitlistEntry.objects.create(
        user_id=viewer.person_id,
        account_id=wish.account_id,
        instrument=instrument,
        span=TimestamptzRange(wish.span.starts_at, wish.span.ends_at),
        minutes=wish.minutes,
        places=wish.places,
        access_mode=wish.access_mode,
    )


def _refuse_impossible(wish: Wish) -> None:
    if wish.minutes < 1 or wish.length > wish.span.duration:
        raise WishInvalid(_("The time between the two ends is shorter than what you want."))
    if not wish.is_fixed and wish.span.duration > LONGEST_SPAN:
        raise WishInvalid(_("Wait within %(days)d days at most.") % {"days": LONGEST_SPAN.days})


def _refuse_more(viewer: Viewer, instrument: Instrument, wish: Wish) -> None:
    """The person is locked, so that parallel wishes count each other."""
    waiting = list(WaitlistEntry.objects.filter(user_id=viewer.person_id, status__in=STILL_WAITING))
    for entry in waiting:
        known = (entry.instrument_id, TimeWindow.of(entry.span), entry.minutes)
        if known == (instrument.pk, wish.span, wish.minutes):
            raise AlreadyWaiting(entry=entry.pk)
    if len(waiting) >= MOST_WAITING:
        raise TooManyWaiting


def _refuse_unless_taken(viewer: Viewer, instrument: Instrument, wish: Wish) -> None:
    wanted = Wanted(places=wish.places, account_id=wish.account_id, filled=None, access_mode=wish.access_mode)
    context = context_of(viewer, instrument, wish.beginning(clock.now()), wanted)
    mode_of(context.access_modes, wish.access_mode)
    free = None if wish.is_fixed else first_free(wish, context, max(wish.span.starts_at, context.now), ())
    imagined = None if wish.is_fixed else first_open(wish, context)
    if free is not None or imagined is not None:
        context = context_of(viewer, instrument, free or imagined or context.window, wanted)
    broken = evaluate(context)
    others = [each for each in broken if not all_rules()[each.code].blocks_time]
    if others or context.places > context.capacity:
        raise RuleViolations(others or broken, zone=context.zone.key)
    if not broken:
        _refuse_needless(wish, context, is_certain=wish.is_fixed or free is not None)


def _refuse_needless(wish: Wish, context: Context, *, is_certain: bool) -> None:
    if not is_certain:
        raise WishInvalid(_("The opening hours have no room for this in that time."))
    alternatives = (Alternative(context.instrument_id, context.window),)
    raise BookableNow(alternatives=alternatives, zone=context.zone.key)
