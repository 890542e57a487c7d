"""What whoever books is asked, and what was filled in. Source: domain.md, "Rules" (`sample_declared`).

Reservations live in a room above and take the columns of FilledIn.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import clock
from instruments.catalogue.models import AccessMode, Instrument


class BookingForm(models.Model):
    """One version of the questions that an instrument asks. It never changes: editing makes the next version.

    questions: documents of questions.Question, in order. replaced_at None: it is in force.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="booking_forms", db_index=False)
    version = models.PositiveIntegerField(_("version"))
    questions = models.JSONField(_("questions"))
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("made"), default=clock.now)
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    class Meta:
        verbose_name = _("booking form")
        verbose_name_plural = _("booking forms")
        constraints = [
            models.UniqueConstraint(fields=["instrument", "version"], name="booking_form_version_once"),
            models.UniqueConstraint(
                fields=["instrument"], condition=Q(replaced_at__isnull=True), name="booking_form_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} v{self.version}"


class AnswerFile(models.Model):
    """A file that somebody uploaded as an answer. Who may read it is decided by the booking that names it.

    name: as shown and downloaded, never a path; file: its random name in storage. is_used: a booking names it; what
    none has named after a day is removed.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", db_index=False)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=150)
    size_bytes = models.PositiveIntegerField(_("size"))
    file = models.FileField(_("file"), max_length=100)
    is_used = models.BooleanField(default=False)
    uploaded_at = models.DateTimeField(_("uploaded"), default=clock.now)

    class Meta:
        verbose_name = _("answer file")
        verbose_name_plural = _("answer files")
        indexes = [models.Index("uploaded_at", condition=Q(is_used=False), name="answer_file_unused")]

    def __str__(self) -> str:
        return self.name


class FilledIn(models.Model):
    """The columns of a booking that somebody fills in.

    access_mode: how the instrument is used. form: whose questions the answers answer; answers: by question, a file
    as {id, name, size}. participants: {name, email} of who comes along. sample_declaration: {hazards,
    biosafety_level}; None: nothing was declared.
    """

    access_mode = models.CharField(
        _("access mode"), max_length=20, choices=AccessMode.choices, blank=True, default="", db_default=""
    )
    form = models.ForeignKey(BookingForm, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    answers = models.JSONField(
        _("answers"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    participants = models.JSONField(
        _("participants"), default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    sample_declaration = models.JSONField(_("sample declaration"), null=True, blank=True)

    class Meta:
        abstract = True
