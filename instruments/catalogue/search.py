"""Text search without database extensions: the words of a text as a tsvector, a question as a tsquery.

A run of Chinese (or kana, hangul) is indexed as single characters and as overlapping bigrams, each at the
position of its first character; a question matches a run by its bigrams as a phrase, so the hits are those
of LIKE. Traditional characters are folded to simplified ones on both sides. Latin words are folded to
lower case without accents; `GC-MS` is also found as `gcms`, `S4800` also as `4800`.

`vector_text` is the only place that makes a vector. Bulk loaders write its result as text and cast it in
SQL (`search = given.vector::tsvector`), or call commands.refresh_search for rows that exist.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from opencc import OpenCC

from instruments.catalogue.synonyms import synonyms_by

CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:[-_/+.][^\W_{CJK}]+)*")
_PART = re.compile(r"[^\W_]+")
_DIGITS_OR_LETTERS = re.compile(r"\d+|[^\W\d_]+")
_IS_CJK = re.compile(rf"[{CJK}]")

LONGEST_TEXT = 6_000
LONGEST_WORD = 60
LONGEST_QUESTION = 200
MOST_TERMS = 16
_LAST_POSITION = 16_383  # PostgreSQL keeps no position beyond it
_MOST_POSITIONS = 255
_FIELD_GAP = 3  # so that no phrase spans two fields


class _Simplified(dict[int, str]):
    """Traditional to simplified, one character at a time, each asked for once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = _opencc().convert(character) if _IS_CJK.match(character) else character
        return self[code]


@lru_cache(maxsize=1)
def _opencc() -> OpenCC:
    return OpenCC("t2s")


_simplified = _Simplified()


def folded(text: str) -> str:
    """The text as search sees it: compatibility forms, case, accents and script variants removed."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_simplified)
    decomposed = unicodedata.normalize("NFD", plain)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def has_cjk(text: str) -> bool:
    """Whether there is anything Chinese (or kana, hangul) in the text."""
    return bool(_IS_CJK.search(text))


def vector_text(
    *,
    names: Iterable[str] = (),
    identity: Iterable[str] = (),
    context: Iterable[str] = (),
    body: Iterable[str] = (),
) -> str:
    """The tsvector of an instrument in PostgreSQL's text form; cast it with `::tsvector`.

    names weigh A, identity (model, manufacturer, category) B, context (institution, place, services) C,
    body (descriptions) D.
    """
    positions: dict[str, dict[int, str]] = {}
    start = 1
    for weight, texts in (("A", names), ("B", identity), ("C", context), ("D", body)):
        for text in texts:
            start = _add(positions, text, start, weight)
    return " ".join(f"'{word}':{_places(places)}" for word, places in positions.items())


def _add(positions: dict[str, dict[int, str]], text: str, start: int, weight: str) -> int:
    last = start
    for word, offset in words(text):
        last = min(start + offset, _LAST_POSITION)
        places = positions.setdefault(word, {})
        if len(places) < _MOST_POSITIONS:
            places.setdefault(last, weight)
    return last + _FIELD_GAP


def _places(places: dict[int, str]) -> str:
    return ",".join(f"{position}{weight}" for position, weight in places.items())


def words(text: str) -> Iterator[tuple[str, int]]:
    """The words of a text to index, each with its position from 0."""
    position = 0
    for run in _RUN.findall(folded(text[:LONGEST_TEXT])):
        if _IS_CJK.match(run):
            yield from _characters_and_bigrams(run, position)
            position += len(run)
        else:
            parts = _PART.findall(run)
            yield from _latin(parts, position)
            position += len(parts)


def _characters_and_bigrams(run: str, position: int) -> Iterator[tuple[str, int]]:
    for offset, character in enumerate(run):
        yield character, position + offset
        if offset + 1 < len(run):
            yield run[offset : offset + 2], position + offset


def _latin(parts: list[str], position: int) -> Iterator[tuple[str, int]]:
    if len(parts) > 1:
        yield "".join(parts)[:LONGEST_WORD], position
    for offset, part in enumerate(parts):
        yield part[:LONGEST_WORD], position + offset
        pieces = _DIGITS_OR_LETTERS.findall(part)
        if len(pieces) > 1:
            yield from ((piece[:LONGEST_WORD], position + offset) for piece in pieces)


def query_text(question: str) -> str:
    """The tsquery of a question in PostgreSQL's text form; empty when it holds nothing to look for.

    All its terms must occur, or what people call the same (see synonyms.py). The beginning of a Latin word of
    three letters or more is enough.
    """
    runs = _runs(question)
    whole = _same_as(" ".join(runs))
    return _any_of(whole) if len(runs) > 1 and whole else " & ".join(_term_or_same(run) for run in runs)


def _runs(question: str) -> list[str]:
    found: list[str] = _RUN.findall(folded(question[:LONGEST_QUESTION]))[:MOST_TERMS]
    return found


def _term_or_same(run: str) -> str:
    same = _same_as(run)
    return _any_of((run, *same)) if same else _term(run)


def _any_of(expressions: tuple[str, ...]) -> str:
    """One of the expressions; of an expression, all terms."""
    every = {" & ".join(_term(run) for run in _runs(expression)): None for expression in expressions}
    return "(" + " | ".join(f"({terms})" for terms in every) + ")"


def _same_as(words: str) -> tuple[str, ...]:
    """Expressions for the same thing, itself included; empty when there is none."""
    return _synonyms().get(words, ())


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, tuple[str, ...]]:
    return synonyms_by(lambda expression: " ".join(_runs(expression)))


def _term(run: str) -> str:
    return _cjk_term(run) if _IS_CJK.match(run) else _latin_term(run)


def _cjk_term(run: str) -> str:
    if len(run) <= 2:
        return f"'{run}'"
    return "(" + " <-> ".join(f"'{run[i : i + 2]}'" for i in range(len(run) - 1)) + ")"


def _latin_term(run: str) -> str:
    parts = [part[:LONGEST_WORD] for part in _PART.findall(run)]
    if len(parts) == 1:
        return _beginning(_singular(parts[0]))
    phrase = " <-> ".join([*(f"'{part}'" for part in parts[:-1]), _beginning(parts[-1])])
    return f"({_beginning(''.join(parts)[:LONGEST_WORD])} | ({phrase}))"


def _beginning(word: str) -> str:
    return f"'{word}':*" if len(word) >= 3 else f"'{word}'"


def _singular(word: str) -> str:
    """Without a plural s; as the beginning of a word this finds both forms."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
