"""Imports of catalogues: the file as it came, and what each of its rows means."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from core import clock
from instruments.catalogue.models import Instrument
from instruments.exchange.notes import sentence


class ImportState(models.TextChoices):
    PREVIEWED = "previewed", _("Previewed")
    CONFIRMED = "confirmed", _("Confirmed")
    UNDONE = "undone", _("Undone")


class ImportRun(models.Model):
    """One file for one institution: previewed, perhaps confirmed, perhaps undone.

    source: whose list it is; rows are identified per institution and source. reading: how the file was read
    (encoding and why, delimiter, header line, columns). seen: a digest of what the catalogue said at the
    time of the preview. counts: rows per verdict.
    """

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="imports")
    format = models.CharField(_("format"), max_length=20)
    source = models.CharField(_("source"), max_length=40)
    state = models.CharField(_("state"), max_length=12, choices=ImportState.choices, default=ImportState.PREVIEWED)
    file = models.FileField(_("original file"), max_length=200)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    reading = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    seen = models.CharField(max_length=64)
    published = models.BooleanField(_("published at once"), default=False)
    created_at = models.DateTimeField(_("previewed"), default=clock.now)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["institution", "source", "-id"], name="import_run_of_source")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.file_name}"


class Verdict(models.TextChoices):
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    REJECTED = "rejected", _("Rejected")
    MISSING = "missing", _("Missing")


class ImportRow(models.Model):
    """One row of the file and its verdict; missing: an instrument that the file no longer has.

    number: its line in the file or sheet, 0 for missing ones. original: the cells as they came, by their
    headings. values: what the catalogue would say. changes: field → [now, then]. before: fields of the
    instrument as they were when the import was confirmed; version_after: its version right after that.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("row"))
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict.choices)
    instrument = models.ForeignKey(Instrument, models.SET_NULL, null=True, related_name="import_rows")
    source_id = models.CharField(max_length=120, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    is_named = models.BooleanField(default=True)
    original = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    version_after = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        indexes = [models.Index("run", "id", name="import_row_of_run")]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], condition=~Q(number=0), name="import_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}: {self.verdict}"

    @property
    def name(self) -> str:
        """What the row calls its instrument."""
        return (self.values.get("name_zh") or self.values.get("name_en") or self.values.get("description") or "")[
            :80
        ]

    @property
    def sentences(self) -> list[str]:
        """Its notes and reasons in the active language."""
        return [sentence(note) for note in self.notes]
