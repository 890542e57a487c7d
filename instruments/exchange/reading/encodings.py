"""Which encoding a file is in, and the bytes that show it."""

import codecs
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from charset_normalizer import from_bytes

from instruments.exchange.errors import FileUnreadable
from instruments.exchange.reading.plausibility import plausibility

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_USUAL: Final = ("gb18030", "big5hkscs", "cp1252", "mac_roman")
"""What catalogues without a mark and not in UTF-8 are usually in; the detector's proposals are added."""
_PROPOSALS: Final = 4
_SAMPLE: Final = 65_536
_MOST_EVIDENCE: Final = 8


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was in, and why that one: what the bytes would say in the runner-up."""

    text: str
    encoding: str
    runner_up: str = ""
    evidence: list[dict[str, Any]] = field(default_factory=list)


def decode(content: bytes) -> Decoded:
    """The text of a file. Raises FileUnreadable when no encoding makes a text of it."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Decoded(_strictly(content, encoding), encoding)
    if encoding := _utf_16_without_mark(content):
        return Decoded(_strictly(content, encoding), encoding)
    if b"\x00" in content:
        raise FileUnreadable
    try:
        return Decoded(content.decode(), "utf-8")
    except UnicodeDecodeError:
        return _most_plausible(content)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise FileUnreadable from None


def _utf_16_without_mark(content: bytes) -> str:
    """Latin text in UTF-16 has a zero in every other byte; the header line always has Latin or commas."""
    head = content[:2_000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 < len(head):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _most_plausible(content: bytes) -> Decoded:
    texts = {encoding: text for encoding in _candidates(content) if (text := _or_none(content, encoding))}
    scores = {encoding: plausibility(text) - _handicap(encoding) for encoding, text in texts.items()}
    ranked = sorted(scores, key=lambda encoding: -scores[encoding])
    if not ranked or scores[ranked[0]] < -1:
        raise FileUnreadable
    best = ranked[0]
    others = [other for other in ranked[1:] if texts[other] != texts[best]]
    runner_up = next((other for other in others if other in _USUAL), "".join(others[:1]))
    return Decoded(texts[best], best, runner_up, _evidence(content, best, runner_up))


def _handicap(encoding: str) -> float:
    """Unusual encodings need better reasons: some of the many always happen to make a letter of a byte."""
    return 0.0 if encoding in _USUAL else 0.5


def _candidates(content: bytes) -> list[str]:
    """The usual ones first; a proposal only wins by being more plausible, never by order."""
    proposals = from_bytes(_around_high_bytes(content), enable_fallback=False)
    proposed = [match.encoding for match in proposals][:_PROPOSALS]
    return list(dict.fromkeys([*_USUAL, *proposed]))


def _around_high_bytes(content: bytes) -> bytes:
    """A sample of whole lines that are not plain ASCII: the others say nothing about the encoding."""
    lines = [line for line in content.splitlines(keepends=True) if not line.isascii()]
    return b"".join(lines)[:_SAMPLE]


def _or_none(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _evidence(content: bytes, chosen: str, runner_up: str) -> list[dict[str, Any]]:
    """The distinct bytes that read differently in the runner-up, with how often and where first."""
    counts = Counter(byte for byte in content if byte >= 0x80)
    found = []
    for byte, count in counts.most_common() if runner_up else ():
        one = bytes([byte])
        ours, theirs = _or_none(one, chosen), _or_none(one, runner_up)
        if ours is not None and ours != theirs:
            line = content.count(b"\n", 0, content.index(one)) + 1
            found.append(
                {"byte": f"{byte:02X}", "count": count, "line": line, "read": ours, "otherwise": theirs or ""}
            )
    return found[:_MOST_EVIDENCE]
