"""Catalogue data in two languages: which text to show to whom, and what language it really is in."""

from typing import NamedTuple

from django.utils.translation import get_language


class Text(NamedTuple):
    """A text and the language it is written in, for `lang="…"`."""

    text: str
    lang: str


def chosen(zh: str, en: str) -> Text:
    """The active language's text, or the other one where that is empty."""
    wants_chinese = (get_language() or "zh-hans").startswith("zh")
    if wants_chinese:
        return Text(zh, "zh-Hans") if zh or not en else Text(en, "en")
    return Text(en, "en") if en or not zh else Text(zh, "zh-Hans")
