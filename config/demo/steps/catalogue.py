"""Instruments: real makers and models, spread over the invented institutions by what these do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final

from accounts.models import Institution, InstitutionKind
from config.demo import loading
from config.demo.facts import Equipment, Make, equipment, words
from config.demo.scale import FIRST_INSTITUTION_INSTRUMENTS, Plan
from instruments.catalogue.commands.load_categories import load_first_two_levels
from instruments.catalogue.identity import number_of, reserved_ids, slug_of
from instruments.catalogue.models import Category, Instrument, InstrumentGroup, InstrumentStatus

GROUPS: Final = {
    "evening": ("夜间对内开放平台", "Evening platform"),
    "always": ("全天候自助平台", "Round-the-clock platform"),
    "night": ("过夜运行平台", "Overnight platform"),
}
"""Groups that keep opening hours of their own; the others keep the institution's."""

_HOURS_BY_LENGTH: Final = {
    "short": ("", "", "", "", "evening"),
    "medium": ("", "", "", "evening", "evening", "always"),
    "long": ("", "", "evening", "evening", "always"),
    "day": ("",),
    "overnight": ("always", "night"),
}
_FIELDS: Final = (  # part of an institution's Chinese name → categories it has most of
    ("纺织", ("1205", "0201", "0105")),
    ("五金", ("0201", "0301", "1204", "1101")),
    ("汽车", ("1201", "0204", "0701", "0301")),
    ("集成电路", ("0405", "0401", "0402", "1203")),
    ("光伏", ("1203", "0203", "0104", "1401")),
    ("医", ("0110", "0901", "0902", "0102")),
    ("农林", ("0111", "1206", "0105", "0110")),
    ("计量", ("0301", "0201", "0701", "0103")),
    ("海洋", ("0102", "0111", "0104", "1302")),
    ("智能", ("1204", "0301", "1101", "1302")),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """An instrument with what it was made from. n: its number in the demo, from 1 on; group "": none."""

    n: int
    instrument: Instrument
    kind: Equipment
    institution_n: int
    hours: str

    @property
    def is_foreign(self) -> bool:
        return self.instrument.institution.country != "CN"


def make_instruments(plan: Plan, institutions: Sequence[Institution]) -> list[Listed]:
    """The catalogue, without history, resources or search vectors."""
    load_first_two_levels()
    categories = {category.code: category for category in Category.objects.all()}
    groups = _groups(institutions)
    dice = plan.dice("instruments")
    owners = _owners(dice, plan, institutions)
    ids = reserved_ids(len(owners))
    listed = [
        _listed(dice, plan, n, key, owner, institutions[owner - 1], groups, categories)
        for n, (key, owner) in enumerate(zip(ids, owners, strict=True), start=1)
    ]
    loading.create(Instrument, (each.instrument for each in listed))
    return listed


def _groups(institutions: Sequence[Institution]) -> dict[tuple[int, str], InstrumentGroup]:
    keys = [(institution, code) for institution in institutions for code in GROUPS]
    made = InstrumentGroup.objects.bulk_create(
        InstrumentGroup(institution=institution, name_zh=GROUPS[code][0], name_en=GROUPS[code][1])
        for institution, code in keys
    )
    return {(institution.pk, code): group for (institution, code), group in zip(keys, made, strict=True)}


def _owners(dice: Random, plan: Plan, institutions: Sequence[Institution]) -> list[int]:
    """The number of the institution of each instrument, in order; universities have twice as many."""
    weights = [2.0 if place.kind == InstitutionKind.UNIVERSITY else 1.0 for place in institutions]
    first = max(FIRST_INSTITUTION_INSTRUMENTS, plan.scale.instruments // plan.scale.institutions)
    others = list(range(2, plan.scale.institutions + 1))
    each_one = others * min(3, (plan.scale.instruments - first) // len(others))
    rest = plan.scale.instruments - first - len(each_one)
    return sorted([1] * first + each_one + dice.choices(others, weights[1:], k=rest))


def _listed(
    dice: Random,
    plan: Plan,
    n: int,
    key: int,
    owner: int,
    institution: Institution,
    groups: dict[tuple[int, str], InstrumentGroup],
    categories: dict[str, Category],
) -> Listed:
    kind = dice.choices(equipment(), cum_weights=_weights(institution.name_zh))[0]
    make, hours = dice.choice(kind.makes), dice.choice(_HOURS_BY_LENGTH[kind.length])
    model = dice.choice(make.models)
    instrument = Instrument(
        id=key,
        number=number_of(key),
        slug=slug_of(key, (f"{make.manufacturer} {model}",)),
        institution=institution,
        group=groups.get((institution.pk, hours)),
        category=categories[kind.category],
        name_zh=kind.name_zh,
        name_en=kind.name_en,
        model=model,
        manufacturer=make.manufacturer,
        original_value_fen=round(kind.value_wan * dice.uniform(0.8, 1.3), 1) * 1_000_000,
        commissioned_on=plan.on - timedelta(days=dice.randrange(30, 3600)),
        methods=kind.methods,
        access_modes=list(kind.modes),
        created_at=plan.now - timedelta(days=400),
        **_texts(dice, kind, make, institution),
        **_status(dice, n, plan),
    )
    return Listed(n, instrument, kind, owner, hours)


@lru_cache(maxsize=32)
def _weights(institution_name: str) -> list[float]:
    """How much an institution has of each kind of equipment, summed up."""
    fields = next((codes for part, codes in _FIELDS if part in institution_name), ())
    return list(accumulate(6.0 if kind.category[:4] in fields else 1.0 for kind in equipment()))


def _texts(dice: Random, kind: Equipment, make: Make, institution: Institution) -> dict[str, str]:
    """What people read, in the language of the institution."""
    at = 1 if institution.country != "CN" else 0
    room = f"{dice.randrange(1, 7)}{dice.randrange(1, 30):02d}"
    building = dice.choice(words.BUILDINGS)[at]
    chinese = at == 0
    return {
        "department": dice.choice(words.DEPARTMENTS)[at],
        "country": words.COUNTRIES[make.country][at],
        "location": f"{building}{room}室" if chinese else f"{building}, room {room}",
        "description": f"{kind.purpose_zh}。" if chinese else f"{kind.purpose_en}.",
        "services": kind.purpose_zh if chinese else kind.purpose_en,
        "sample_requirements": "样品须干燥、无毒、无放射性，预约时注明成分。"
        if chinese
        else "Samples must be dry, non-toxic and not radioactive; state their composition when booking.",
        "contact_phone": f"0571-8800{dice.randrange(10_000):04d}" if chinese else "",
        "contact_email": f"lab-{institution.pk}@people.example",
    }


def _status(dice: Random, n: int, plan: Plan) -> dict[str, object]:
    """Nearly all are published; numbers 17 and 18 show the other states at every scale."""
    chance = dice.random()
    if n == 17 or (n > 100 and chance < 0.02):
        return {
            "status": InstrumentStatus.SUSPENDED,
            "status_reason": "等待维修配件",
            "expected_return_on": plan.on + timedelta(days=12),
        }
    draft = n == 18 or (n > 100 and chance > 0.99)
    return {"status": InstrumentStatus.DRAFT if draft else InstrumentStatus.PUBLISHED}
