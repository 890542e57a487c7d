"""How much a decoded text looks like something people write in a table.

A wrong encoding turns letters into symbols inside words, capitals after small letters, rare characters
and control codes. Each character that is not ASCII is judged by itself and its two neighbours; the
result is their mean, about 1 for sound text and below 0 for nonsense.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_HIGH = re.compile(r"[^\x00-\x7f]")
_MOST_JUDGED: Final = 20_000
_EUROPEAN: Final = frozenset("äöüßéèàáíóúñçêâôîåæøëïûùœãõÄÖÜÉÅØÑÇÈÊÀÂÎÔÁÍÓÚÆ")
_MEASURES: Final = frozenset("°±µμ²³×·Ωß€£")
_QUOTES: Final = frozenset("“”„«»…•–—‘’")
_MARKS: Final = frozenset("®™©")
_SPACES: Final = frozenset("\u00a0\u2009\u200a\u202f")


def plausibility(text: str) -> float:
    """The mean over at most the first 20,000 characters outside ASCII; 1 where there are none."""
    total, judged = 0.0, 0
    for match in _HIGH.finditer(text):
        at = match.start()
        total += _judged(text[at - 1 : at], text[at], text[at + 1 : at + 2])
        judged += 1
        if judged == _MOST_JUDGED:
            break
    return total / judged if judged else 1.0


def _judged(before: str, character: str, after: str) -> float:
    kind = _kind(character)
    if kind == "han":
        return _han(before, character, after)
    if kind == "latin":
        return _latin(before, character, after)
    if kind == "space":
        return _space(before, after)
    if kind == "symbol":
        return _symbol(before, character, after)
    if kind == "cjk punctuation":
        return 0.6
    if kind == "foreign":
        return -1.0 if (before + after).isascii() and (before.isalpha() or after.isalpha()) else 0.3
    return -3.0


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if character in _SPACES:
        return "space"
    if "\u3400" <= character <= "\u9fff":
        return "han"
    if category[0] == "C":
        return "control"
    if category[0] == "L":
        return "latin" if unicodedata.name(character, "").startswith("LATIN") else "foreign"
    return "cjk punctuation" if "\u3000" <= character <= "\uffef" else "symbol"


def _han(before: str, character: str, after: str) -> float:
    alone = before.islower() and after.islower() and (before + after).isascii()
    return _commonness(character) - (1.5 if alone else 0.0)


@lru_cache(maxsize=8192)
def _commonness(character: str) -> float:
    """By the national tables: first plane of GB 2312 or Big5 common, second plane less, others rare."""
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            lead = character.encode(encoding)[0]
        except UnicodeEncodeError:
            continue
        if first <= lead <= last:
            return 1.0
    return -0.5


def _latin(before: str, character: str, after: str) -> float:
    if character.isupper() and before.islower():
        return -1.5
    if character.islower() and (after.isupper() or before.isdigit() or after.isdigit()):
        return -1.0
    if not before.isalpha() and not after.isalpha() and character not in "àéÀÉ":
        return 0.0
    return 1.0 if character in _EUROPEAN else 0.1


def _space(before: str, after: str) -> float:
    """A fixed space stands between words or at the end of a cell, less often at its beginning."""
    return 0.2 if after.isalnum() and not before.isalnum() else 0.6


def _symbol(before: str, character: str, after: str) -> float:
    inside = before.isalpha() and after.isalpha()
    if character in "’‘":
        return 1.2 if inside else 0.5
    if character in _MEASURES:
        return -0.8 if inside and character not in "×·µμ" else 0.8
    if character in _QUOTES or character in _MARKS:
        return -0.6 if inside and character not in "–—" else 0.8
    return -1.0 if inside else -0.4
