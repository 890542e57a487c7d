"""One row per instrument and local day: what the review screens add up."""

from django.db import models

from instruments.catalogue.models import Instrument


class DailyFact(models.Model):
    """Minutes of one instrument on one local day of its institution, places counted.

    open_minutes: opening hours as they were that day, minus closures. booked_minutes: agreed uses.
    used_minutes: actual uses. external_minutes: used by people outside the institution.
    """

    pk = models.CompositePrimaryKey("instrument_id", "on")
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    open_minutes = models.PositiveIntegerField()
    booked_minutes = models.PositiveIntegerField()
    used_minutes = models.PositiveIntegerField()
    external_minutes = models.PositiveIntegerField()
    bookings = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["on", "instrument"], name="daily_fact_on")]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.on}"


class NightlyRefresh(models.Model):
    """A night in which the facts of the past weeks were recomputed to the end."""

    night = models.DateField(unique=True)

    def __str__(self) -> str:
        return f"{self.night}"
