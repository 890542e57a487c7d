from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import languages, windows


def validate_zone(name: str) -> None:
    if not windows.is_zone(name):
        raise ValidationError(_("Give an IANA time zone such as Asia/Shanghai."), code="zone")


class InstitutionKind(models.TextChoices):
    UNIVERSITY = "university", _("University")
    INSTITUTE = "institute", _("Research institute")
    COMPLEX = "complex", _("Industry innovation service complex")
    COMPANY = "company", _("Company with a laboratory")


class Organisation(models.Model):
    """What institutions and enterprises have in common."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=160, blank=True)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    region = models.CharField(_("division code"), max_length=6, blank=True, help_text="GB/T 2260")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> languages.Text:
        """The name and the language it is in."""
        return languages.chosen(self.name_zh, self.name_en)

    @property
    def name(self) -> str:
        return self.text.text


class Institution(Organisation):
    """A member institution that opens its instruments."""

    kind = models.CharField(
        _("kind"), max_length=16, choices=InstitutionKind.choices, default=InstitutionKind.UNIVERSITY
    )
    zone = models.CharField(
        _("time zone"), max_length=64, default="Asia/Shanghai", validators=[validate_zone], help_text="IANA"
    )
    country = models.CharField(_("country"), max_length=2, default="CN", help_text="ISO 3166-1 alpha-2")
    address = models.CharField(_("address"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")


class Enterprise(Organisation):
    """A firm that books test time."""

    uscc = models.CharField(
        _("unified social credit code"),
        max_length=18,
        blank=True,
        null=True,
        unique=True,
        help_text="GB 32100",
    )
    industry = models.CharField(_("industry"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("enterprise")
        verbose_name_plural = _("enterprises")
