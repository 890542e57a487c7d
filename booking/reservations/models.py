"""Reservations, their waivers, and the policy values that the rules read. Source: engine.md, "Tables"."""

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise, Institution, Tier, User
from booking.intake.models import FilledIn
from core import clock
from core.history import tracked
from instruments.catalogue.models import AccessMode, Instrument, InstrumentGroup
from instruments.upkeep.models import MaintenancePlan, Unit


class Kind(models.TextChoices):
    USE = "use", _("Use")
    TRAINING = "training", _("Training")
    MAINTENANCE = "maintenance", _("Maintenance")
    CLOSURE = "closure", _("Closure")


class Status(models.TextChoices):
    HELD = "held", _("Being booked")
    REQUESTED = "requested", _("Waiting for approval")
    CONFIRMED = "confirmed", _("Confirmed")
    IN_USE = "in_use", _("In use")
    COMPLETED = "completed", _("Completed")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    NO_SHOW = "no_show", _("No-show")


class EndedBy(models.TextChoices):
    """What the clock writes as a reason; people write theirs in their own words."""

    NOT_CHECKED_IN = "not_checked_in", _("Nobody checked in in time.")
    NOT_CHECKED_OUT = "not_checked_out", _("Nobody checked out; the agreed end counts.")
    OUT_OF_ORDER = "out_of_order", _("The instrument was out of order.")


OCCUPYING = (Status.HELD, Status.REQUESTED, Status.CONFIRMED, Status.IN_USE)
"""A reservation in one of these must have claims; one outside them and outside completed must have none."""


class ReservationSeries(models.Model):
    """Bookings of one instrument that were planned as a whole; each of them stands for itself.

    pattern: how they repeat, a definition of the scheduler. version: grows with every change of several of them.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    pattern = models.OneToOneField("schedule.Event", models.PROTECT, related_name="reservation_series")
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"series {self.pk}"


@tracked(exclude=("series", "original_start"))
class Reservation(FilledIn):
    """One booking of one instrument. Rescheduling changes the row in place.

    user: whose it is; None: a closure, or booked on behalf of the account (ADR 0014). version: the edit counter.
    during: as agreed, half-open. used_from/used_until: actual use. tier: of the beneficiary when it was booked.
    quote: the frozen price lines and terms of cancelling. late_during: what was given back late, for fee_fen.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="reservations", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.USE)
    status = models.CharField(max_length=12, choices=Status.choices)
    during = DateTimeRangeField()
    turnaround_minutes = models.PositiveSmallIntegerField(default=0)
    places = models.PositiveSmallIntegerField(default=1)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="reservations", db_index=False)
    booked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    account = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="reservations", db_index=False
    )
    tier = models.CharField(max_length=12, choices=Tier.choices)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    note = models.TextField(_("note to staff"), blank=True)
    quote = models.JSONField(default=dict)
    total_fen = models.BigIntegerField(default=0)
    hold_expires_at = models.DateTimeField(null=True)
    request_expires_at = models.DateTimeField(null=True)
    used_from = models.DateTimeField(null=True)
    used_until = models.DateTimeField(null=True)
    use_is_assumed = models.BooleanField(default=False)
    ended_reason = models.CharField(max_length=400, blank=True)
    late_during = DateTimeRangeField(null=True)
    fee_fen = models.BigIntegerField(default=0, db_default=0)
    fee_waived = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)
    series = models.ForeignKey(
        ReservationSeries, models.PROTECT, null=True, related_name="reservations", db_index=False
    )
    original_start = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["series", "original_start"],
                name="reservation_series_order",
                condition=Q(series__isnull=False),
            ),
            models.Index(F("instrument"), RangeStartsWith("during"), name="reservation_instrument_start"),
            models.Index(fields=["instrument", "id"], name="reservation_instrument_newest"),
            models.Index(F("user"), RangeStartsWith("during").desc(), name="reservation_user_start"),
            models.Index(
                RangeStartsWith("during"),
                condition=Q(status__in=("confirmed", "in_use")),
                name="reservation_live_start",
            ),
            models.Index(F("account"), RangeStartsWith("during").desc(), name="reservation_account_start"),
            models.Index(
                fields=["booked_by"],
                name="reservation_booked_for_others",
                condition=Q(user=None) | Q(user__lt=F("booked_by")) | Q(user__gt=F("booked_by")),
            ),
            models.Index("hold_expires_at", condition=Q(status="held"), name="reservation_hold_expiry"),
            models.Index(
                RangeStartsWith("late_during"),
                condition=Q(fee_fen__gt=0, fee_waived=False),
                name="reservation_fee_due",
            ),
            models.Index("request_expires_at", condition=Q(status="requested"), name="reservation_request_expiry"),
        ]
        constraints = [
            models.CheckConstraint(
                name="reservation_fee_when_late",
                condition=Q(fee_fen=0, fee_waived=False) | Q(fee_fen__gte=0, late_during__isnull=False),
            ),
            models.CheckConstraint(name="reservation_not_empty", condition=Q(during__isempty=False)),
            models.CheckConstraint(name="reservation_has_places", condition=Q(places__gte=1)),
            models.CheckConstraint(
                name="reservation_use_is_for_somebody",
                condition=Q(user__isnull=False)
                | Q(account__isnull=False, booked_by__isnull=False)
                | Q(kind__in=("closure", "maintenance")),
            ),
            models.CheckConstraint(
                name="reservation_hold_expires", condition=~Q(status="held") | Q(hold_expires_at__isnull=False)
            ),
            models.CheckConstraint(
                name="reservation_request_expires",
                condition=~Q(status="requested") | Q(request_expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reservation_of_a_series_has_its_place",
                condition=Q(series__isnull=True) | Q(original_start__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.instrument_id} {self.during}"


class Waiver(models.Model):
    """A broken rule that somebody with the right to do so let pass, and why."""

    reservation = models.ForeignKey(Reservation, models.CASCADE, related_name="waivers")
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=400)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reservation", "code"], name="waiver_once_per_rule")]

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


@tracked()
class PolicyValue(models.Model):
    """A rule's value at one level. No row: inherited; a row without value: unlimited.

    Level: instrument, else group, else institution, else the platform. tier empty: all tiers.
    """

    institution = models.ForeignKey(Institution, models.CASCADE, null=True, blank=True, related_name="+")
    group = models.ForeignKey(InstrumentGroup, models.CASCADE, null=True, blank=True, related_name="+")
    instrument = models.ForeignKey(Instrument, models.CASCADE, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=40)
    tier = models.CharField(max_length=12, choices=Tier.choices, blank=True)
    value = models.IntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            # For the few of the platform: all three are empty. Of the expression the planner knows how seldom that
            # is, of three columns only that each is often empty.
            models.Index(Coalesce("instrument", "group", "institution"), name="policy_value_platform"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "group", "instrument", "code", "tier"],
                name="policy_value_once_per_level",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="policy_value_at_one_level",
                condition=Q(institution__isnull=True, group__isnull=True)
                | Q(institution__isnull=True, instrument__isnull=True)
                | Q(group__isnull=True, instrument__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} = {self.value}"


class Terms(models.Model):
    """What the policy values come to for bookings on one instrument by one tier; for searches alone.

    None: no value at any level, so the rule's built-in one; -1: unlimited. Written only by sql/offers.sql. Whoever
    judges one booking reads the policy values themselves.
    """

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="+", db_index=False)
    tier_bit = models.PositiveSmallIntegerField()
    lead_time = models.IntegerField(null=True)
    on_grid = models.IntegerField(null=True)
    min_duration = models.IntegerField(null=True)
    max_duration = models.IntegerField(null=True)
    booking_window = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "tier_bit"],
                include=["lead_time", "on_grid", "min_duration", "max_duration", "booking_window"],
                name="terms_once_per_tier",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} for tier bit {self.tier_bit}"


class Heartbeat(models.Model):
    """When the clock's job last ran. One row. A gap between two runs is an outage."""

    beat_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="heartbeat_is_one", condition=Q(pk=1))]

    def __str__(self) -> str:
        return self.beat_at.isoformat()


class Outage(models.Model):
    """A time in which the product did not run. It costs nobody a place: see sql/check_in.sql."""

    started_at = models.DateTimeField(unique=True)
    ended_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.started_at.isoformat()} – {self.ended_at.isoformat()}"


class Overrun(models.Model):
    """That a use went on past its end was noticed, so that it is told once."""

    reservation = models.OneToOneField(Reservation, models.CASCADE, primary_key=True, related_name="overrun")
    noticed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return str(self.reservation_id)


class WaitStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Offered")
    TAKEN = "taken", _("Taken")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


STILL_WAITING = (WaitStatus.WAITING, WaitStatus.OFFERED)
"""An entry in one of these keeps its place in the queue."""


class WaitlistEntry(models.Model):
    """Somebody who waits for time on an instrument: any `minutes` within span; all of it is one certain window.

    Entries are served in the order of their keys, handed out under the calendar's lock. offer: the held reservation
    that was offered last. refused: windows given up since joining; sql/waitlist.sql follows reservations.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="waitlist", db_index=False)
    span = DateTimeRangeField()
    minutes = models.PositiveIntegerField()
    places = models.PositiveSmallIntegerField(default=1)
    access_mode = models.CharField(max_length=20, choices=AccessMode.choices, blank=True, db_default="")
    status = models.CharField(max_length=12, choices=WaitStatus.choices, default=WaitStatus.WAITING)
    offer = models.OneToOneField(Reservation, models.PROTECT, null=True, related_name="offered_to")
    refused = ArrayField(DateTimeRangeField(), default=list)
    created_at = models.DateTimeField(default=clock.now)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["instrument", "id"],
                name="waitlist_instrument",
                condition=Q(status__in=("waiting", "offered")),
            ),
            models.Index(fields=["user", "id"], name="waitlist_user"),
            models.Index(fields=["looked_at"], name="waitlist_looked_at", condition=Q(status="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "instrument", "span", "minutes"],
                name="waitlist_wish_once",
                condition=Q(status__in=("waiting", "offered")),
            ),
            models.CheckConstraint(
                name="waitlist_offer_is_a_hold",
                condition=(Q(status="offered") & Q(offer__isnull=False))
                | (Q(status="waiting") & Q(offer__isnull=True))
                | Q(status__in=("taken", "withdrawn", "expired")),
            ),
            models.CheckConstraint(name="waitlist_has_length", condition=Q(minutes__gte=1) & Q(places__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.minutes} min in {self.span}"


@tracked()
class RepeatingClosure(models.Model):
    """A closure or maintenance that comes again. Its pattern is the calendar's (booking.calendars.recurrence).

    every to until: what the pattern says, for people; only the calendar is expanded. every None: on single dates.
    plan: the maintenance plan that it follows. withdrawn_at: nothing comes after it.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="repeating_closures")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=200)
    calendar = models.OneToOneField("schedule.Calendar", models.PROTECT, related_name="repeating_closure")
    every = models.PositiveSmallIntegerField(null=True)
    unit = models.CharField(max_length=8, choices=Unit.choices, blank=True)
    first_on = models.DateField()
    starts = models.TimeField()
    minutes = models.PositiveIntegerField()
    until = models.DateField(null=True)
    plan = models.OneToOneField(
        MaintenancePlan, models.PROTECT, null=True, blank=True, related_name="repeating_closure"
    )
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["instrument"], condition=Q(withdrawn_at__isnull=True), name="repeating_closure_live"
            )
        ]

    def __str__(self) -> str:
        return self.reason


class ClosureOccurrence(models.Model):
    """One occurrence of a repeating closure, by the start that its pattern gave it: it is planned once.

    closure: what was entered for it, None while bookings lie in its way. A closure that was removed stays named, so
    that nothing enters it again; a skipped one is left out for good.
    """

    repeating = models.ForeignKey(RepeatingClosure, models.CASCADE, related_name="occurrences")
    original_start = models.DateTimeField()
    ends_at = models.DateTimeField()
    closure = models.OneToOneField(
        Reservation, models.PROTECT, null=True, blank=True, related_name="closure_occurrence"
    )
    is_skipped = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repeating", "original_start"], name="closure_occurrence_once")
        ]
        indexes = [
            models.Index("original_start", condition=Q(closure__isnull=True), name="closure_occurrence_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.repeating_id}: {self.original_start}"
