"""Values of processes rather than rules: set, inherited and shown in the same way, but they refuse nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.reservations.policy_values import Section, Setting


@dataclass(frozen=True, slots=True)
class ProcessSetting:
    """A named value. section: where people look for it; meaning: what it decides, for the form and the docs."""

    code: str
    section: Section
    title: Promise
    meaning: Promise
    setting: Setting


class CheckInMode(IntEnum):
    """When somebody has to check in. SELF_OPERATED: where users run the instrument themselves."""

    NEVER = 0
    ALWAYS = 1
    SELF_OPERATED = 2


CHECK_IN: Final = (
    ProcessSetting(
        "check_in_required",
        Section.ATTENDANCE,
        _("Check-in"),
        _("Whether somebody has to check in; where not, use begins and ends by the clock."),
        Setting(
            default=CheckInMode.SELF_OPERATED,
            unit="",
            maximum=max(CheckInMode),
            choices=(
                (CheckInMode.NEVER, pgettext_lazy("check-in", "never")),
                (CheckInMode.ALWAYS, _("always")),
                (CheckInMode.SELF_OPERATED, _("when self-operated")),
            ),
        ),
    ),
    ProcessSetting(
        "check_in_opens",
        Section.ATTENDANCE,
        _("Check-in opens"),
        _("How long before the start one can check in, as soon as the place is free."),
        Setting(default=15, unit="minutes", maximum=24 * 60),
    ),
    ProcessSetting(
        "no_show_after",
        Section.ATTENDANCE,
        _("No-show after"),
        _("How long after the start the place is released when nobody has checked in; at the end at the latest."),
        Setting(default=30, unit="minutes", minimum=1, maximum=24 * 60),
    ),
    ProcessSetting(
        "check_out_within",
        Section.ATTENDANCE,
        _("Check-out within"),
        _("How long after the end of a use the clock ends it when nobody has checked out."),
        Setting(default=60, unit="minutes", maximum=24 * 60),
    ),
)


class ApprovalMode(IntEnum):
    """When a booking waits for somebody of the institution."""

    AUTOMATIC = 0
    FIRST_BOOKING = 1
    ALWAYS = 2
    OUTSIDE_CORE_HOURS = 3
    ABOVE_PRICE = 4


_DAY: Final = 24 * 60

APPROVAL: Final = (
    ProcessSetting(
        "approval",
        Section.APPROVAL,
        _("Approval"),
        _("Which bookings wait until somebody of the institution approves them. They keep their place meanwhile."),
        Setting(
            default=ApprovalMode.AUTOMATIC,
            unit="",
            maximum=max(ApprovalMode),
            choices=(
                (ApprovalMode.AUTOMATIC, _("none: booked at once")),
                (ApprovalMode.FIRST_BOOKING, _("those of people who have not used it yet")),
                (ApprovalMode.ALWAYS, _("every booking")),
                (ApprovalMode.OUTSIDE_CORE_HOURS, _("those outside the core hours")),
                (ApprovalMode.ABOVE_PRICE, _("those above a price")),
            ),
        ),
    ),
    ProcessSetting(
        "approval_above_fen",
        Section.APPROVAL,
        _("Approval above a price"),
        _("With approval above a price: bookings that cost more than this wait."),
        Setting(default=100_000, unit="fen", maximum=1_000_000_000),
    ),
    ProcessSetting(
        "core_hours_start",
        Section.APPROVAL,
        _("Core hours begin"),
        _(
            "With approval outside core hours, where opening hours mark no off-peak time: they begin so many"
            " minutes after midnight, Monday to Friday."
        ),
        Setting(default=9 * 60, unit="minutes", maximum=_DAY),
    ),
    ProcessSetting(
        "core_hours_end",
        Section.APPROVAL,
        _("Core hours end"),
        _(
            "With approval outside core hours, where opening hours mark no off-peak time: they end so many"
            " minutes after midnight, Monday to Friday."
        ),
        Setting(default=17 * 60, unit="minutes", maximum=_DAY),
    ),
    ProcessSetting(
        "approval_expires",
        Section.APPROVAL,
        _("Time to decide"),
        _("A request that nobody has decided expires after this, at the latest when the lead time begins."),
        Setting(default=2 * _DAY, unit="minutes", minimum=5, maximum=60 * _DAY),
    ),
)

ASKS_PRESENCE: Final = "asks_presence"

PRESENCE: Final = ProcessSetting(
    ASKS_PRESENCE,
    Section.WHO,
    _("Presence"),
    _("Whether the person who books must be there during the whole booking, and so can't be elsewhere."),
    Setting(default=0, unit="", maximum=1, choices=((0, _("Need not be there")), (1, _("Must be there")))),
)

CANCELLING: Final = (
    ProcessSetting(
        "cancellation_deadline",
        Section.CANCELLING,
        _("Free cancelling until"),
        _("So long before the start it is the last time to cancel, or to move to later, without being late."),
        Setting(default=_DAY, unit="minutes", maximum=60 * _DAY),
    ),
    ProcessSetting(
        "late_cancel_fee_percent",
        Section.CANCELLING,
        _("Fee for cancelling late"),
        _("Part of the price that cancelling late costs, unless somebody else takes the time before it starts."),
        Setting(default=0, unit="percent", maximum=100),
    ),
)

WAITLIST: Final = ProcessSetting(
    "offer_expires",
    Section.CANCELLING,
    _("Waiting list: time to answer"),
    _("Freed time is kept this long for the first person waiting, then it goes to the next."),
    Setting(default=60, unit="minutes", minimum=10, maximum=60 * 24 * 7),
)

CONDUCT: Final = (
    ProcessSetting(
        "approval_below_credit",
        Section.APPROVAL,
        _("Approval below a credit"),
        _("Bookings of people whose credit is below this wait for approval, whatever else decides."),
        Setting(default=None, unit="points", maximum=100),
    ),
    ProcessSetting(
        "credit_no_show",
        Section.CREDIT,
        _("Credit: did not come"),
        _("How many points it costs not to come."),
        Setting(default=20, unit="points", maximum=100),
    ),
    ProcessSetting(
        "credit_late_cancel",
        Section.CREDIT,
        _("Credit: cancelled late"),
        _("How many points it costs to cancel late or to move to later when it is late."),
        Setting(default=10, unit="points", maximum=100),
    ),
    ProcessSetting(
        "credit_overrun",
        Section.CREDIT,
        _("Credit: stayed past the end"),
        _("How many points it costs to use the instrument past the end of the booking."),
        Setting(default=10, unit="points", maximum=100),
    ),
    ProcessSetting(
        "report_within",
        Section.CREDIT,
        _("Time to report"),
        _("Where usage reports are asked for: how long after the use one may come."),
        Setting(default=7, unit="days", minimum=1, maximum=30),
    ),
    ProcessSetting(
        "credit_missing_report",
        Section.CREDIT,
        _("Credit: no usage report"),
        _("How many points it costs not to report in time."),
        Setting(default=5, unit="points", maximum=100),
    ),
    ProcessSetting(
        "credit_clean_use",
        Section.CREDIT,
        _("Credit: clean use"),
        _("How many points a use without complaint gives back, up to 100 in all."),
        Setting(default=1, unit="points", maximum=100),
    ),
)

_TABLE: Final[tuple[ProcessSetting, ...]] = (*CHECK_IN, *APPROVAL, PRESENCE, WAITLIST, *CANCELLING, *CONDUCT)

PROCESS_SETTINGS: Final[Mapping[str, ProcessSetting]] = {each.code: each for each in _TABLE}
