"""Credit and appeals, usage reports, agreements. Source: domain.md, "Credit" and "Rules".

Reservations live in a room above and are named by their plain id.
"""

from datetime import timedelta
from typing import Final

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from core import clock, languages
from core.history import tracked
from instruments.catalogue.models import Instrument

APPEAL_WITHIN: Final = timedelta(days=30)


class Reason(models.TextChoices):
    """Why somebody's credit changed."""

    NO_SHOW = "no_show", _("Did not come")
    LATE_CANCEL = "late_cancel", _("Cancelled late")
    OVERRUN = "overrun", _("Stayed past the end")
    MISSING_REPORT = "missing_report", _("No usage report in time")
    CLEAN_USE = "clean_use", _("A use without complaint")
    APPEAL_GRANTED = "appeal_granted", _("Appeal granted")


class CreditEntry(models.Model):
    """One change of a person's credit. Append-only: a wrong one is reversed by another.

    change: points. reservation: its id. by: who decided it; None: the product.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="credit_entries", db_index=False)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    change = models.SmallIntegerField(_("points"))
    reservation = models.BigIntegerField(_("reservation"), null=True, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    at = models.DateTimeField(_("at"), default=clock.now)

    class Meta:
        verbose_name = _("credit entry")
        verbose_name_plural = _("credit entries")
        indexes = [models.Index(fields=["person", "id"], include=["change"], name="credit_entry_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["reservation", "reason"],
                condition=Q(reverses__isnull=True),
                name="credit_entry_once_per_reason",
            ),
            models.CheckConstraint(condition=~Q(change=0), name="credit_entry_changes_something"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) ^ Q(reason="appeal_granted"),
                name="credit_entry_reversal_is_granted",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.change:+d} {self.reason}"

    @property
    def points(self) -> int:
        """How many, whether up or down."""
        return abs(self.change)

    @property
    def is_appealable(self) -> bool:
        """Whether it lowered the credit, not too long ago, and nobody has appealed it."""
        is_recent = self.at > clock.now() - APPEAL_WITHIN
        return self.change < 0 and is_recent and getattr(self, "appeal", None) is None


class AppealState(models.TextChoices):
    OPEN = "open", _("To be decided")
    GRANTED = "granted", _("Granted")
    REJECTED = "rejected", _("Rejected")


@tracked()
class CreditAppeal(models.Model):
    """A person disagrees with an entry: once. answer: the institution's words."""

    entry = models.OneToOneField(CreditEntry, models.PROTECT, related_name="appeal")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", db_index=False)
    text = models.TextField(_("appeal"))
    at = models.DateTimeField(_("at"), default=clock.now)
    state = models.CharField(_("state"), max_length=8, choices=AppealState.choices, default=AppealState.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        indexes = [
            models.Index(fields=["institution", "id"], name="credit_appeal_open", condition=Q(state="open")),
            models.Index(fields=["institution", "id"], name="credit_appeal_institution"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.state}"


class UsageReport(models.Model):
    """What a person says about one use. samples: how many; None: not said."""

    reservation = models.BigIntegerField(_("reservation"), unique=True)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="usage_reports", db_index=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    text = models.TextField(_("report"), blank=True)
    had_problems = models.BooleanField(_("there were problems"), default=False)
    samples = models.PositiveIntegerField(_("samples"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), default=clock.now)

    class Meta:
        verbose_name = _("usage report")
        verbose_name_plural = _("usage reports")
        indexes = [models.Index(fields=["instrument", "id"], name="usage_report_instrument")]

    def __str__(self) -> str:
        return f"{self.reservation}"


@tracked()
class Agreement(models.Model):
    """A text that people sign before they book: an institution's, or one instrument's in addition.

    A new text is a new version and is signed anew; replaced_at: since when it does not hold any more.
    """

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(
        Instrument, models.PROTECT, null=True, blank=True, related_name="agreements", db_index=False
    )
    version = models.PositiveIntegerField(_("version"))
    text_zh = models.TextField(_("text in Chinese"), blank=True)
    text_en = models.TextField(_("text in English"), blank=True)
    published_at = models.DateTimeField(_("published"), default=clock.now)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "instrument", "version"],
                name="agreement_version_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["institution", "instrument"],
                condition=Q(replaced_at__isnull=True),
                name="agreement_one_holds",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(text_zh="") | ~Q(text_en=""), name="agreement_has_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.institution_id} {self.instrument_id or ''} v{self.version}"

    @property
    def text(self) -> languages.Text:
        """The text and the language it is in."""
        return languages.chosen(self.text_zh, self.text_en)


class Signature(models.Model):
    """Somebody signed a version of a text."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures", db_index=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed"), default=clock.now)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [models.UniqueConstraint(fields=["agreement", "person"], name="signature_once")]

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.person_id}"
