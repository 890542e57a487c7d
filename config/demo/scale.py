"""How large a demo is."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of one demo. Two institutions lie abroad; bulk: worth rebuilding indexes after loading.

    fact_days: days of the past whose daily facts are made. gigabytes: what the database and its work files take.
    """

    name: str
    institutions: int
    instruments: int
    enterprises: int
    researchers_each: int
    individuals: int
    demand: float
    bulk: bool
    fact_days: int = 365
    gigabytes: int = 1


SMALL: Final = Scale("small", 12, 60, 40, 8, 10, demand=0.3, bulk=False)
CITY: Final = Scale("city", 24, 420, 300, 40, 60, demand=0.44, bulk=True)
PROVINCE: Final = Scale("province", 120, 7000, 3000, 40, 300, demand=0.44, bulk=True, gigabytes=2)
NATION: Final = Scale(
    "nation", 2500, 150_000, 10_000, 30, 3000, demand=0.515, bulk=True, fact_days=31, gigabytes=25
)
SCALES: Final = {scale.name: scale for scale in (SMALL, CITY, PROVINCE, NATION)}

FIRST_INSTITUTION_INSTRUMENTS: Final = 15
PAST_DAYS: Final = 365
COMING_DAYS: Final = 21


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make: a scale, a seed, and the instant that is "now" in it (aware, UTC)."""

    scale: Scale
    seed: int
    on: date
    now: datetime

    def dice(self, topic: str) -> Random:
        """Reproducible chance, independent for every topic."""
        return Random(f"{self.seed} {topic}")  # noqa: S311 - reproducible, not secret
