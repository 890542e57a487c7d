"""Who can be taken when: resources, opening hours, claims and the index of free time.

Source: engine.md, "Tables".
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from core.history import tracked
from instruments.catalogue.models import AccessMode, Instrument, InstrumentGroup

SEARCH_DAYS = 35
"""Free gaps are indexed this far ahead."""

LONGEST_BOOKING_WINDOW_DAYS = 180
"""No booking window may be longer; open windows are kept SEARCH_DAYS beyond it."""


class ResourceKind(models.TextChoices):
    INSTRUMENT = "instrument", _("Instrument")
    SHARED = "shared", _("Shared resource")
    OPERATOR = "operator", _("Operator")


class Resource(models.Model):
    """Whatever one booking can take at a time; the row that commands lock.

    capacity: identical parallel places. turnaround_minutes: blocked after each booking. revision grows
    with every change of the calendar. gaps_until: free gaps are complete for open windows before it.
    user: an operator's account. is_retired: of what is shared, that nothing needs it any more.
    """

    kind = models.CharField(max_length=12, choices=ResourceKind.choices, default=ResourceKind.INSTRUMENT)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="resources")
    instrument = models.OneToOneField(Instrument, models.PROTECT, null=True, blank=True, related_name="resource")
    name = models.CharField(max_length=120, blank=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    capacity = models.PositiveSmallIntegerField(_("parallel places"), default=1)
    turnaround_minutes = models.PositiveSmallIntegerField(_("turnaround in minutes"), default=0)
    revision = models.BigIntegerField(default=1)
    revised_in = models.BigIntegerField(default=0, help_text="Transaction of the last revision")
    gaps_until = models.DateTimeField(null=True)
    is_retired = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="resource_instrument_fits_kind",
                condition=Q(kind="instrument", instrument__isnull=False)
                | (~Q(kind="instrument") & Q(instrument__isnull=True)),
            ),
            models.CheckConstraint(name="resource_has_places", condition=Q(capacity__gte=1, capacity__lte=200)),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.kind} {self.pk}"


@tracked()
class ResourceNeed(models.Model):
    """What a use of an instrument takes besides a place: one of the resources of each slot.

    Resources of one slot stand for each other (three operators, one of whom must be free); each slot needs one.
    modes: the access modes in which the slot is needed, the same for all of it; empty: in every one.
    """

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="needs", db_index=False)
    slot = models.PositiveSmallIntegerField(default=1)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="needed_by")
    modes = ArrayField(
        models.CharField(max_length=20, choices=AccessMode.choices),
        verbose_name=_("access modes"),
        default=list,
        db_default=[],
        blank=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "resource"], name="resource_needed_once"),
            models.CheckConstraint(name="need_in_known_modes", condition=Q(modes__contained_by=AccessMode.values)),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} needs {self.resource_id}"


class Absence(models.Model):
    """A shared resource or an operator can't be had: every place is claimed for it."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="absences")
    during = DateTimeRangeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="absence_not_empty", condition=Q(during__isempty=False))]

    def __str__(self) -> str:
        return f"{self.resource_id}: {self.during}"


class OpeningProfile(models.Model):
    """Opening hours that many instruments may share; the pattern lives in one django-scheduler calendar.

    Level: platform (no owner) → institution → group → instrument; the nearest one applies.
    expanded_until: open windows exist up to the start of this local day.
    """

    institution = models.ForeignKey(
        Institution, models.CASCADE, null=True, blank=True, related_name="opening_profiles"
    )
    group = models.ForeignKey(
        InstrumentGroup, models.CASCADE, null=True, blank=True, related_name="opening_profiles"
    )
    instrument = models.ForeignKey(
        Instrument, models.CASCADE, null=True, blank=True, related_name="opening_profiles"
    )
    calendar = models.OneToOneField("schedule.Calendar", models.PROTECT, related_name="opening_profile")
    zone = models.CharField(_("time zone"), max_length=64)
    holidays = models.CharField(
        _("holidays observed"), max_length=2, blank=True, help_text=_("Country code; empty: none")
    )
    expanded_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution"],
                condition=Q(group__isnull=True, instrument__isnull=True, institution__isnull=False),
                name="opening_profile_one_per_institution",
            ),
            models.UniqueConstraint(
                fields=["zone"],
                condition=Q(group__isnull=True, instrument__isnull=True, institution__isnull=True),
                name="opening_profile_one_platform_default_per_zone",
            ),
        ]

    def __str__(self) -> str:
        return f"opening hours {self.pk}"

    @property
    def owner_id(self) -> int | None:
        """The institution at whose level, or below, it stands; None: the platform's."""
        held = self.instrument or self.group
        return held.institution_id if held else self.institution_id


class OpeningBand(models.Model):
    """The audience of one weekly band, and whether it is off-peak; its times are the schedule event's."""

    profile = models.ForeignKey(OpeningProfile, models.CASCADE, related_name="bands")
    event = models.OneToOneField("schedule.Event", models.CASCADE, related_name="opening_band")
    tiers = models.PositiveSmallIntegerField(_("open to"), help_text="Bit mask of tiers")
    is_off_peak = models.BooleanField(_("off-peak"), default=False)

    def __str__(self) -> str:
        return f"band {self.pk} of {self.profile_id}"


class OpeningAssignment(models.Model):
    """From when to when a resource keeps which opening hours; past days keep the profile they had."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="opening_assignments")
    profile = models.ForeignKey(OpeningProfile, models.PROTECT, related_name="assignments")
    effective = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="opening_assignment_one_at_a_time",
                expressions=[("resource", RangeOperators.EQUAL), ("effective", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource_id}: {self.profile_id}"


class OpenWindow(models.Model):
    """A maximal stretch that is open to every tier in the mask; the definitions expanded.

    For one tier the windows of a profile neither overlap nor touch.
    """

    profile = models.ForeignKey(OpeningProfile, models.CASCADE, related_name="open_windows")
    tiers = models.PositiveSmallIntegerField()
    during = DateTimeRangeField()

    class Meta:
        indexes = [GistIndex("profile", "during", name="open_window_during")]

    def __str__(self) -> str:
        return f"{self.profile_id}: {self.during}"


class OffPeakWindow(models.Model):
    """A maximal stretch of a profile's off-peak bands, for the tiers in the mask; expanded like open windows."""

    profile = models.ForeignKey(OpeningProfile, models.CASCADE, related_name="off_peak_windows")
    tiers = models.PositiveSmallIntegerField()
    during = DateTimeRangeField()

    class Meta:
        indexes = [GistIndex("profile", "during", name="off_peak_window_during")]

    def __str__(self) -> str:
        return f"{self.profile_id}: off-peak {self.during}"


class HolidayDay(models.Model):
    """A day that differs from its weekday: off, or a make-up working day (调休).

    Of a country, or an institution's own, which comes before its country's. Only official days are in effect.
    """

    country = models.CharField(max_length=2, blank=True)
    institution = models.ForeignKey(
        Institution, models.CASCADE, null=True, blank=True, related_name="holidays", db_index=False
    )
    on = models.DateField()
    is_working = models.BooleanField()
    is_official = models.BooleanField(default=True)
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "on"], condition=Q(institution__isnull=True), name="holiday_day_unique"
            ),
            models.UniqueConstraint(
                fields=["institution", "on"],
                condition=Q(institution__isnull=False),
                name="holiday_day_one_per_institution",
            ),
            models.CheckConstraint(
                name="holiday_day_has_one_owner",
                condition=Q(institution__isnull=True) ^ Q(country=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country or self.institution_id} {self.on} {self.name}"


class Claim(models.Model):
    """One place of one resource, taken by a reservation or an absence: the one table in which conflicts live."""

    reservation = models.ForeignKey("reservations.Reservation", models.CASCADE, null=True, related_name="claims")
    absence = models.ForeignKey(Absence, models.CASCADE, null=True, related_name="claims")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="claims", db_index=False)
    place = models.PositiveSmallIntegerField(default=1)
    occupies = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="claim_place_taken_once",
                expressions=[
                    ("resource", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    ("occupies", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="claim_has_one_cause",
                condition=Q(reservation__isnull=False, absence__isnull=True)
                | Q(reservation__isnull=True, absence__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id}/{self.place}: {self.occupies}"


class FreeGap(models.Model):
    """A maximal range of one place that is open to every tier in the mask and unclaimed.

    ends_at is already reduced by the turnaround where a claim follows. opened_at: when its open window began, the
    origin of the grid. Knows no now, lead time or grid. Written only by the functions of sql/free_gaps.sql.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="free_gaps", db_index=False)
    place = models.PositiveSmallIntegerField()
    tiers = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    minutes = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["resource", "starts_at", "ends_at"],
                include=["place", "tiers", "minutes", "opened_at"],
                name="gap_resource_start",
            ),
            models.Index(
                fields=["starts_at", "resource"],
                include=["ends_at", "tiers", "minutes", "opened_at"],
                condition=Q(minutes__gte=60),
                name="gap_start_hour_or_more",
            ),
            models.Index(
                fields=["starts_at", "resource"],
                include=["ends_at", "tiers", "minutes", "opened_at"],
                condition=Q(minutes__lt=60),
                name="gap_start_under_an_hour",
            ),
            models.Index(
                fields=["ends_at", "resource"],
                include=["starts_at", "tiers", "minutes", "opened_at"],
                condition=Q(minutes__gt=1440),
                name="gap_end_over_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id}/{self.place}: {self.starts_at} – {self.ends_at}"
