"""Believable facts: places, makers and models are real, institutions, firms and people are invented."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Place:
    """A county, with its GB/T 2260 division code."""

    code: str
    name_zh: str
    name_en: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Make:
    """One maker's models of a kind of equipment; country: ISO 3166-1 alpha-2."""

    manufacturer: str
    country: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Equipment:
    """A kind of equipment. hourly_yuan: what a firm pays about; length: how long a use usually takes."""

    category: str
    name_zh: str
    name_en: str
    hourly_yuan: int
    value_wan: int
    length: str
    modes: tuple[str, ...]
    purpose_zh: str
    purpose_en: str
    methods: str
    makes: tuple[Make, ...]


@cache
def places() -> tuple[Place, ...]:
    """Thirty counties of the province; the first ones carry the small scale."""
    with (_HERE / "places.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(row["code"], row["name_zh"], row["name_en"], float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        )


_MODES = {
    "sf": "self_operated",
    "oa": "operator_assisted",
    "ss": "sample_submission",
    "rm": "remote",
}


@cache
def equipment() -> tuple[Equipment, ...]:
    """Kinds of equipment with real makers and models."""
    with (_HERE / "equipment.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_equipment(row) for row in csv.DictReader(file, delimiter=";", restkey="more"))


def _equipment(row: dict[str, str]) -> Equipment:
    makers = [row["makers"], *(row.get("more") or ())]
    return Equipment(
        category=row["category"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        hourly_yuan=int(row["hourly_yuan"]),
        value_wan=int(row["value_wan"]),
        length=row["length"],
        modes=tuple(_MODES[mode] for mode in row["modes"].split(",")),
        purpose_zh=row["purpose_zh"],
        purpose_en=row["purpose_en"],
        methods=row["methods"],
        makes=tuple(_make(maker) for maker in makers),
    )


def _make(text: str) -> Make:
    manufacturer, country, models = text.split("@")
    return Make(manufacturer, country, tuple(models.split("|")))
