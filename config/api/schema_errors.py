"""What is wrong with a field, in the caller's language: pydantic's own sentences are English only."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic_core.core_schema import ErrorType

_BUILT_IN: Final = frozenset(get_args(ErrorType))
"""Any other type is one of our own schemas', whose message is translated where it is raised."""

_UNKNOWN: Final = _("This value is not valid here.")


def _each(types: str, text: Promise) -> Iterable[tuple[str, Promise]]:
    return ((kind, text) for kind in types.split())


_TEXTS: Final[Mapping[str, Promise]] = {
    "missing": _("This field is required."),
    "extra_forbidden": _("This field is not known here."),
    "string_pattern_mismatch": _("The text must match the pattern %(pattern)s."),
    "greater_than": _("The value must be greater than %(gt)s."),
    "greater_than_equal": _("The value must be %(ge)s or more."),
    "less_than": _("The value must be less than %(lt)s."),
    "less_than_equal": _("The value must be %(le)s or less."),
    **dict(_each("string_too_short too_short", _("Too short: %(min_length)s at least."))),
    **dict(_each("string_too_long too_long", _("Too long: %(max_length)s at most."))),
    **dict(_each("int_type int_parsing int_parsing_size int_from_float", _("Give a whole number."))),
    **dict(_each("float_type float_parsing decimal_type decimal_parsing finite_number", _("Give a number."))),
    **dict(_each("bool_type bool_parsing", _("Give true or false."))),
    **dict(_each("string_type string_sub_type string_unicode", _("Give a text."))),
    **dict(_each("list_type set_type tuple_type iterable_type", _("Give a list."))),
    **dict(_each("dict_type model_type model_attributes_type", _("Give an object with named fields."))),
    **dict(_each("json_invalid json_type", _("This is not readable JSON."))),
    **dict(
        _each(
            "datetime_type datetime_parsing datetime_from_date_parsing datetime_object_invalid timezone_aware",
            _("Give times with their offset, such as 2026-03-02T09:00:00+08:00."),
        )
    ),
    **dict(
        _each(
            "date_type date_parsing date_from_datetime_parsing date_from_datetime_inexact",
            _("Give a date such as 2026-03-02."),
        )
    ),
    **dict(_each("literal_error enum", _("Give one of these: %(expected)s."))),
}


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Pydantic's errors as field and message, in the active language."""
    return [{"field": _field(each["loc"]), "message": message_of(each)} for each in errors]


def message_of(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as a sentence in the active language."""
    if error["type"] not in _BUILT_IN:
        return str(error["msg"])
    limits = dict(error.get("ctx", {}))
    if "expected" in limits:
        limits["expected"] = str(limits["expected"]).replace(" or ", ", ")
    return str(_TEXTS.get(error["type"], _UNKNOWN)) % limits


def _field(place: tuple[str | int, ...]) -> str:
    """`waive.0.reason`: without where it was read from and the parameter's name; a whole body is the body."""
    return ".".join(str(part) for part in place[2:]) or str(place[0] if place[0] == "body" else place[-1])
