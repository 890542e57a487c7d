"""Invented institutions and firms, recognisable by 示例 and Example in their names."""

from itertools import permutations, product
from random import Random
from typing import Any, Final

from accounts.models import Enterprise, Institution, InstitutionKind
from config.demo.facts import Place, places, words
from config.demo.scale import Plan

_KINDS: Final = (
    (InstitutionKind.UNIVERSITY, words.UNIVERSITIES),
    (InstitutionKind.INSTITUTE, words.INSTITUTES),
    (InstitutionKind.COMPLEX, words.COMPLEXES),
    (InstitutionKind.COMPANY, words.COMPANIES),
)
_FIRST: Final = (  # (place, kind, name) of the Chinese institutions of the small scale
    (0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 2, 0), (4, 2, 1), (5, 1, 1), (6, 0, 3), (7, 3, 0), (8, 2, 4), (9, 1, 3),
)  # fmt: skip
_ABROAD: Final[tuple[dict[str, Any], ...]] = (
    {
        "slug": "example-university-of-fife",
        "name_zh": "示例法夫大学",
        "name_en": "Example University of Fife",
        "zone": "Europe/London",
        "country": "GB",
        "address": "1 Example Wynd, Fife",
        "latitude": 56.340,
        "longitude": -2.795,
    },
    {
        "slug": "example-hudson-institute-of-technology",
        "name_zh": "示例哈德逊理工学院",
        "name_en": "Example Hudson Institute of Technology",
        "zone": "America/New_York",
        "country": "US",
        "address": "1 Example Avenue, Troy, New York",
        "latitude": 42.730,
        "longitude": -73.680,
    },
)
_USCC_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def make_institutions(plan: Plan) -> list[Institution]:
    """Institutions in a fixed order: the demo manager's first, the two abroad at places 11 and 12."""
    random = plan.dice("institutions")
    rest = [key for key in product(range(len(places())), range(4), range(5)) if key not in _FIRST]
    random.shuffle(rest)
    keys = [key for key in (*_FIRST, *rest) if key[2] < len(_KINDS[key[1]][1])]
    branded = [(*key, brand) for brand in range(1, len(words.BRANDS)) for key in keys]
    every = [*((*key, 0) for key in keys), *branded]
    home = [_institution(random, *key) for key in every[: plan.scale.institutions - len(_ABROAD)]]
    return Institution.objects.bulk_create([*home[:10], *(Institution(**fields) for fields in _ABROAD), *home[10:]])


def _institution(random: Random, place_at: int, kind_at: int, name_at: int, brand: int) -> Institution:
    """brand: 0 for the first of its name in a place; the others bear a name besides."""
    place, (kind, names) = places()[place_at], _KINDS[kind_at]
    called = zip(names[name_at], _names(place, brand), strict=True)
    name_zh, name_en = (pattern.format(name) for pattern, name in called)
    return Institution(
        slug=f"example-{kind}-{place.name_en.lower()}-{name_at + 1}{f'-{brand}' if brand else ''}",
        name_zh=f"示例{name_zh}",
        name_en=f"Example {name_en}",
        kind=kind,
        region=place.code,
        address=f"{place.name_zh}示例路{random.randrange(1, 400)}号",
        latitude=round(place.latitude + random.uniform(-0.03, 0.03), 5),
        longitude=round(place.longitude + random.uniform(-0.03, 0.03), 5),
    )


def _names(place: Place, brand: int) -> tuple[str, str]:
    if not brand:
        return place.name_zh, place.name_en
    (zh1, en1), (zh2, en2) = words.BRANDS[brand], words.BRANDS[brand - 1]
    return f"{place.name_zh}{zh1}{zh2}", f"{place.name_en} {en1}{en2.lower()}"


def make_enterprises(plan: Plan) -> list[Enterprise]:
    """Firms with valid unified social credit codes of a made-up series (DEM…)."""
    random = plan.dice("enterprises")
    keys = list(product(range(len(places())), permutations(range(len(words.BRANDS)), 2)))
    random.shuffle(keys)
    firms = [_enterprise(random, n, *key) for n, key in enumerate(keys[: plan.scale.enterprises], start=1)]
    return Enterprise.objects.bulk_create(firms)


def _enterprise(random: Random, n: int, place_at: int, brand: tuple[int, int]) -> Enterprise:
    place, (industry_zh, industry_en) = places()[place_at], random.choice(words.INDUSTRIES)
    (zh1, en1), (zh2, en2) = (words.BRANDS[part] for part in brand)
    return Enterprise(
        slug=f"example-firm-{n}",
        name_zh=f"示例{place.name_zh}{zh1}{zh2}{industry_zh}有限公司",
        name_en=f"Example {place.name_en} {en1}{en2.lower()} {industry_en} Co., Ltd.",
        region=place.code,
        uscc=demo_uscc(place.code, n),
        industry=industry_zh,
    )


def demo_uscc(region: str, n: int) -> str:
    """An 18-character code with both check characters right. Source: GB 32100-2015, GB 11714-1997."""
    organisation = f"DEM{n:05d}"
    body = f"91{region}{organisation}{_organisation_check(organisation)}"
    return body + uscc_check(body)


def uscc_check(body: str) -> str:
    """The last character of a unified social credit code from the 17 before it. Source: GB 32100-2015."""
    total = sum(_USCC_DIGITS.index(char) * pow(3, at, 31) for at, char in enumerate(body))
    return _USCC_DIGITS[-total % 31]


def _organisation_check(code: str) -> str:
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(_ORGANISATION_DIGITS.index(char) * weight for char, weight in zip(code, weights, strict=True))
    return "0123456789X"[-total % 11]
