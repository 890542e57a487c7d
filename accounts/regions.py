"""Divisions (GB/T 2260): which lie in which, and the names of those people search by."""

from typing import Final

from core.languages import Text, chosen

_PREFECTURES: Final = {
    "3301": ("杭州", "Hangzhou"),
    "3302": ("宁波", "Ningbo"),
    "3303": ("温州", "Wenzhou"),
    "3304": ("嘉兴", "Jiaxing"),
    "3305": ("湖州", "Huzhou"),
    "3306": ("绍兴", "Shaoxing"),
    "3307": ("金华", "Jinhua"),
    "3308": ("衢州", "Quzhou"),
    "3309": ("舟山", "Zhoushan"),
    "3310": ("台州", "Taizhou"),
    "3311": ("丽水", "Lishui"),
}


def significant(code: str) -> str:
    """The part of a code that all inside it share: 330600 → 3306, 330000 → 33; empty: everywhere."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def region_name(code: str) -> Text:
    """The prefecture a division code lies in; the code itself where its name is not known."""
    return chosen(*_PREFECTURES.get(code[:4], (code, code)))
