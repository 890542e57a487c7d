"""Qualifications, and the trainings that grant them. Source: domain.md, "Rules" (`qualified`)."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from core import clock, languages
from core.history import tracked
from instruments.catalogue.models import Instrument, InstrumentGroup


class Level(models.IntegerChoices):
    """How far somebody is; a higher one includes the lower."""

    TRAINED = 1, _("Trained")
    SUPERVISED = 2, _("Works under supervision")
    INDEPENDENT = 3, _("Works independently")


@tracked()
class Qualification(models.Model):
    """What a person may do at an instrument, or at all of a group, and until when.

    Levels stand beside each other, one row each: a short independent one over a longer one as trained.
    granted_on, expires_on: local dates of the institution; expires_on is the last day, None: without end.
    training: the session that granted it.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="qualifications", db_index=False)
    institution = models.ForeignKey(Institution, models.CASCADE, related_name="+", db_index=False)
    instrument = models.ForeignKey(Instrument, models.CASCADE, null=True, blank=True, related_name="qualifications")
    group = models.ForeignKey(InstrumentGroup, models.CASCADE, null=True, blank=True, related_name="+")
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    granted_on = models.DateField(_("granted on"))
    expires_on = models.DateField(_("last day"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    training = models.ForeignKey("TrainingSession", models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        indexes = [
            models.Index(fields=["person", "id"], name="qualification_person"),
            models.Index(fields=["institution", "id"], name="qualification_institution"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "instrument", "group", "level"],
                condition=Q(revoked_at__isnull=True),
                name="qualification_once_per_level",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(instrument__isnull=True) ^ Q(group__isnull=True), name="qualification_for_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("granted_on")),
                name="qualification_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.get_level_display()}"

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def is_expired(self) -> bool:
        """By the institution's calendar, now."""
        return self.expires_on is not None and self.expires_on < self._today

    @property
    def subject(self) -> languages.Text:
        """The name of the instrument or group, and its language."""
        named = self.instrument or self.group
        assert named is not None
        return languages.chosen(named.name_zh, named.name_en)

    @property
    def _today(self) -> date:
        return clock.today(ZoneInfo(self.institution.zone))


@tracked()
class TrainingSession(models.Model):
    """A training on one instrument for several people; its time is a reservation that a room above made.

    during: follows the reservation's window. for_group: what it grants holds for the instrument's whole group.
    valid_days: how long what it grants holds, counted from the day it takes place; None: without end.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="trainings")
    group = models.ForeignKey(InstrumentGroup, models.PROTECT, null=True, blank=True, related_name="+")
    trainer = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    reservation = models.BigIntegerField(_("reservation"), unique=True)
    during = DateTimeRangeField()
    seats = models.PositiveSmallIntegerField(_("seats"))
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices, default=Level.TRAINED)
    valid_days = models.PositiveIntegerField(_("valid for days"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        indexes = [models.Index(F("instrument"), RangeStartsWith("during"), name="training_instrument_start")]
        constraints = [models.CheckConstraint(condition=Q(seats__gte=1), name="training_has_seats")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.instrument_id} {self.during}"

    @property
    def is_over(self) -> bool:
        """Completed or called off."""
        return self.completed_at is not None or self.cancelled_at is not None


class TrainingSeat(models.Model):
    """Somebody who takes part. attended None: not known yet."""

    session = models.ForeignKey(TrainingSession, models.CASCADE, related_name="taken_seats")
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    joined_at = models.DateTimeField(default=clock.now)
    attended = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [models.UniqueConstraint(fields=["session", "person"], name="training_seat_once")]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.person_id}"
