"""From what stands in a cell to what the catalogue keeps. Each function says what it had to do."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from instruments.exchange.notes import Note

_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NOTHING_EN: Final = (
    "unknown not_known n/a n.a. na not_applicable not_available none null nil tbc tba tbd unspecified"
)
_NOTHING_ZH: Final = "无 没有 无数据 未知 不详 暂无 待定"
_NOTHING: Final = "- -- --- ? ?? / xxx"
_PLACEHOLDERS: Final = frozenset(
    word.replace("_", " ") for word in f"{_NOTHING_EN} {_NOTHING_ZH} {_NOTHING}".split()
)
_SEVERAL_PHONES = re.compile(r"\s*[/;,、；，]\s*")
_LONGEST_LINK: Final = 300
_is_web_address = URLValidator(schemes=["http", "https"])


def tidy(text: str) -> str:
    """Composed form, without control characters, every run of white space (also fixed spaces) as one space."""
    return _SPACE.sub(" ", _CONTROL.sub("", unicodedata.normalize("NFC", text))).strip()


def has_control_characters(text: str) -> bool:
    """Control codes and halves of characters, which no person typed."""
    return bool(_CONTROL.search(text))


def is_placeholder(text: str) -> bool:
    """Words people write where a form demands something and they have nothing."""
    return text.casefold() in _PLACEHOLDERS


def is_web_address(text: str) -> bool:
    try:
        _is_web_address(text)
    except ValidationError:
        return False
    return True


def email(text: str) -> tuple[str, list[Note]]:
    """The address, or nothing with a note."""
    address = text.removeprefix("mailto:")
    if not address or _is_email(address):
        return address, []
    return "", [Note("email_invalid", {"value": text})]


def _is_email(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return len(address) <= 254


def link(text: str) -> tuple[str, list[Note]]:
    """An absolute http(s) address; `www.…` gets its scheme."""
    address = f"https://{text}" if text.lower().startswith("www.") else text
    if not address or (is_web_address(address) and len(address) <= _LONGEST_LINK):
        return address, []
    return "", [Note("link_invalid", {"value": text})]


def telephone(text: str, country: str) -> tuple[str, list[Note]]:
    """One or more numbers in international form, joined by ` / `; the original when one is none.

    country: ISO 3166-1 code of the institution, for numbers without a country code. A number that follows
    another one and is too short by itself gets its area code ("0471-6328766/6328706").
    """
    if not text:
        return "", []
    numbers = list(_numbers(text, country))
    if not numbers or None in numbers:
        return text, [Note("phone_unusual", {"value": text})]
    written = " / ".join(number for number in numbers if number)
    return written, [] if written == text else [Note("phone_reformatted", {"value": text, "written": written})]


def _numbers(text: str, country: str) -> Iterator[str | None]:
    first = ""
    for part in _SEVERAL_PHONES.split(text):
        first = first or part
        area = first[: first.find("-") + 1] if "-" in first else ""
        yield _number(part, country) or _number(area + part, country)


@lru_cache(maxsize=4096)
def _number(text: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
