"""Rate cards: what an instrument costs whom, from when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Tier
from core.history import tracked
from instruments.catalogue.models import Instrument


@tracked()
class RateCard(models.Model):
    """The prices of one instrument over a range of local dates."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="rate_cards")
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("rate card")
        verbose_name_plural = _("rate cards")
        constraints = [
            ExclusionConstraint(
                name="rate_card_one_at_a_time",
                expressions=[("instrument", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.valid}"


@tracked()
class HourlyRate(models.Model):
    """The price of an hour for one tier."""

    card = models.ForeignKey(RateCard, models.CASCADE, related_name="hourly_rates")
    tier = models.CharField(_("tier"), max_length=12, choices=Tier.choices)
    hourly_fen = models.PositiveIntegerField(_("price per hour"))

    class Meta:
        verbose_name = _("hourly rate")
        verbose_name_plural = _("hourly rates")
        constraints = [models.UniqueConstraint(fields=["card", "tier"], name="hourly_rate_once_per_tier")]

    def __str__(self) -> str:
        return f"{self.tier}: {self.hourly_fen}"
