"""Faults and maintenance plans, as plain facts: what follows for bookings is the reservations' business."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import clock
from core.history import tracked
from instruments.catalogue.models import Instrument


class Severity(models.TextChoices):
    USABLE = "usable", _("Usable with care")
    SUSPENDED = "suspended", _("Out of service")


@tracked()
class Fault(models.Model):
    """Something is broken on an instrument. expected_return_on: a local date of the institution."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="faults")
    what = models.CharField(_("what is wrong"), max_length=200)
    severity = models.CharField(_("severity"), max_length=12, choices=Severity.choices)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=clock.now)
    expected_return_on = models.DateField(_("expected return"), null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(_("what was done"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("fault")
        verbose_name_plural = _("faults")
        indexes = [
            models.Index(fields=["instrument"], condition=Q(resolved_at__isnull=True), name="fault_open"),
            models.Index(fields=["instrument", "-id"], name="fault_newest"),
        ]

    def __str__(self) -> str:
        return self.what


class Unit(models.TextChoices):
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")


@tracked()
class MaintenancePlan(models.Model):
    """Maintenance that comes again, on the instrument's wall clock.

    Every `every` weeks on the weekday of first_on, or months on that weekday of the month (its fifth: the last
    one); or on the dates alone. calibration_due_on: when the calibration in force ends.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="maintenance_plans")
    every = models.PositiveSmallIntegerField(_("every"), null=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, blank=True)
    first_on = models.DateField(_("first on"), null=True)
    dates = ArrayField(models.DateField(), default=list, blank=True, verbose_name=_("dates"))
    starts = models.TimeField(_("time of day"))
    minutes = models.PositiveIntegerField(_("minutes"))
    note = models.CharField(_("note"), max_length=200)
    calibration_due_on = models.DateField(_("calibration due"), null=True, blank=True)
    planned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(default=clock.now)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("maintenance plan")
        verbose_name_plural = _("maintenance plans")
        constraints = [
            models.CheckConstraint(
                name="maintenance_plan_repeats_or_has_dates",
                condition=Q(every__gte=1, first_on__isnull=False, dates=[]) & ~Q(unit="")
                | Q(every__isnull=True, first_on__isnull=True, unit="") & ~Q(dates=[]),
            ),
            models.CheckConstraint(name="maintenance_plan_lasts", condition=Q(minutes__gte=1)),
        ]

    def __str__(self) -> str:
        return self.note
