"""The catalogue: what instruments there are, where, and what they can do."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from core import clock, languages
from core.history import tracked
from instruments.catalogue.querysets import InstrumentQuerySet


class Category(models.Model):
    """A node of the national instrument classification (code LLMMSS, three levels)."""

    code = models.CharField(_("code"), max_length=6, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    level = models.PositiveSmallIntegerField(_("level"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    scheme = models.CharField(_("scheme"), max_length=32, default="nrii")

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def text(self) -> languages.Text:
        return languages.chosen(self.name_zh, self.name_en)

    @property
    def name(self) -> str:
        return self.text.text

    @property
    def significant(self) -> str:
        """The part of the code that all descendants share: 2, 4 or 6 digits."""
        return self.code[: self.level * 2]


class InstrumentGroup(models.Model):
    """Instruments of one institution that share rules and opening hours."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="groups")
    name_zh = models.CharField(_("name in Chinese"), max_length=120, blank=True)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("instrument group")
        verbose_name_plural = _("instrument groups")

    def __str__(self) -> str:
        return languages.chosen(self.name_zh, self.name_en).text


class AccessMode(models.TextChoices):
    SELF_OPERATED = "self_operated", _("Self-operated")
    OPERATOR_ASSISTED = "operator_assisted", _("Operator-assisted")
    SAMPLE_SUBMISSION = "sample_submission", _("Sample submission")
    REMOTE = "remote", _("Remote")


class InstrumentStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    SUSPENDED = "suspended", _("Suspended")
    RETIRED = "retired", _("Retired")


@tracked(exclude=("search",))
class Instrument(models.Model):
    """One bookable instrument of a member institution."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="instruments")
    group = models.ForeignKey(InstrumentGroup, models.SET_NULL, null=True, blank=True, related_name="instruments")
    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="instruments",
        verbose_name=_("category"),
    )
    department = models.CharField(_("department"), max_length=160, blank=True)
    model = models.CharField(_("model"), max_length=160, blank=True)
    manufacturer = models.CharField(_("manufacturer"), max_length=160, blank=True)
    country = models.CharField(_("country of origin"), max_length=80, blank=True)
    original_value_fen = models.BigIntegerField(_("original value"), null=True, blank=True)
    commissioned_on = models.DateField(_("commissioned on"), null=True, blank=True)
    location = models.CharField(_("location"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    technical_indicators = models.TextField(_("technical indicators"), blank=True)
    services = models.TextField(_("services offered"), blank=True)
    methods = models.TextField(_("methods and standards"), blank=True)
    sample_requirements = models.TextField(_("sample requirements"), blank=True)
    user_notice = models.TextField(_("user notice"), blank=True)
    contact_name = models.CharField(_("contact"), max_length=80, blank=True)
    contact_phone = models.CharField(_("telephone"), max_length=80, blank=True)
    contact_email = models.EmailField(_("e-mail address"), blank=True)
    contact_url = models.URLField(_("web page"), blank=True, max_length=300)
    access_modes = ArrayField(
        models.CharField(max_length=20, choices=AccessMode.choices),
        default=list,
        verbose_name=_("access modes"),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=InstrumentStatus.choices, default=InstrumentStatus.DRAFT
    )
    status_reason = models.CharField(_("reason of the status"), max_length=200, blank=True)
    expected_return_on = models.DateField(_("expected return"), null=True, blank=True)
    source = models.CharField(_("source of the listing"), max_length=40, blank=True, editable=False)
    source_id = models.CharField(_("id in the source"), max_length=120, blank=True, editable=False)
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    missing_since = models.DateTimeField(_("missing in the source since"), null=True, editable=False)
    search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        indexes = [
            GinIndex("search", name="instrument_search"),
            models.Index("institution", "status", "id", name="instrument_institution"),
            models.Index("category", "id", name="instrument_category"),
            models.Index("id", name="instrument_published", condition=Q(status="published")),
            models.Index(
                "category",
                name="instrument_public_category",
                condition=Q(status__in=("published", "suspended")),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name_zh="") | ~Q(name_en="") | ~Q(description=""), name="instrument_is_named"
            ),
            models.UniqueConstraint(
                fields=["institution", "source", "source_id"],
                condition=~Q(source_id=""),
                name="instrument_source_id_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> languages.Text:
        """The name and the language it is in."""
        return languages.chosen(self.name_zh, self.name_en)

    @property
    def name(self) -> str:
        return self.text.text or self.description[:80]

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it: published, or suspended with its reason shown."""
        return self.status in (InstrumentStatus.PUBLISHED, InstrumentStatus.SUSPENDED)


class Revision(models.Model):
    """The ids of all rows together are the revision of the catalogue. Written only by sql/revision.sql."""

    def __str__(self) -> str:
        return f"{self.pk}"
