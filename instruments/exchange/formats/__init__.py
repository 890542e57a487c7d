"""The import formats: one file each, found by themselves."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from django.utils.translation import gettext as _

from instruments.exchange.errors import FormatUnknown
from instruments.exchange.formats.base import Format, Parsed, Row, digest_of, row_of

__all__ = ["Format", "Parsed", "Row", "digest_of", "format_by_code", "formats", "register", "row_of"]

F = TypeVar("F", bound=type[Format])

_registered: dict[str, Format] = {}


def register(format_class: F) -> F:
    """Class decorator: make a format known under its code."""
    if format_class.code in _registered:
        raise ValueError(f"two formats are called {format_class.code}")
    _registered[format_class.code] = format_class()
    return format_class


@lru_cache(maxsize=1)
def formats() -> Sequence[Format]:
    """All formats, in the order of their codes."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(_registered[code] for code in sorted(_registered))


def format_by_code(code: str) -> Format:
    """Raises FormatUnknown, naming those that exist."""
    known = {each.code: each for each in formats()}
    if code not in known:
        raise FormatUnknown(_("Formats: %(codes)s.") % {"codes": ", ".join(known)})
    return known[code]
