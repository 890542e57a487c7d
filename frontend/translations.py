"""The catalogue of messages: what the sources contain against what is translated.

Source strings are English; frontend/locale/<language>/LC_MESSAGES/django.po holds the translations.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parent.parent
LOCALES: Final = ROOT / "frontend" / "locale"
KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

Extracted = tuple[int, Any, list[str], str | None]


@dataclass(slots=True)
class Findings:
    """What is wrong with one language's catalogue, as source strings."""

    missing: list[str] = field(default_factory=list)
    fuzzy: list[str] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)
    wrong_placeholders: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.fuzzy or self.obsolete or self.wrong_placeholders)


def extract_template(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Extracted]:
    """Babel's extraction from a Django template: Django turns it into Python, Babel reads that."""
    # The template's own indentation means nothing, but Babel's tokenizer would stumble over it.
    python = "\n".join(line.lstrip() for line in templatize(fileobj.read().decode()).split("\n"))
    yield from extract_python(io.BytesIO(python.encode()), keywords, comment_tags, options)


def sources() -> Catalog:
    """Every message of the sources, as an empty catalogue."""
    with (LOCALES / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)  # type: ignore[no-untyped-call]
    catalog = Catalog(project="Benchshare", charset="utf-8")
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS)
    for _filename, _line, message, _comments, context in found:
        catalog.add(message, None, context=context)
    return catalog


def paths() -> list[Path]:
    """The catalogue file of every language."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    """One language's catalogue."""
    with path.open("rb") as po:
        return read_po(po, locale=path.parts[-3])


def findings(path: Path, wanted: Catalog) -> Findings:
    """Compare one language's catalogue with the sources."""
    catalog, result = read(path), Findings()
    for message in wanted:
        if message.id:
            _judge(message, catalog.get(message.id, message.context), result)
    for message in catalog:
        if message.id and wanted.get(message.id, message.context) is None:
            result.obsolete.append(_name(message))
    return result


def update(path: Path, wanted: Catalog) -> None:
    """Bring one language's file in line with the sources: sorted, without places, nothing guessed."""
    catalog = read(path)
    catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    with path.open("wb") as po:
        write_po(po, catalog, sort_output=True, no_location=True, width=100, ignore_obsolete=True)


def _judge(message: Message, translated: Message | None, result: Findings) -> None:
    if translated is None or not all(_strings(translated)):
        result.missing.append(_name(message))
    elif translated.fuzzy:
        result.fuzzy.append(_name(message))
    elif list(translated.check()):
        result.wrong_placeholders.append(_name(message))


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string or "",)


def _name(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return f"{text}  [{message.context}]" if message.context else text
