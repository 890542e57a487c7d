"""What a person may say about an instrument, checked before it reaches the database."""

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from instruments.catalogue.errors import InstrumentInvalid
from instruments.catalogue.models import AccessMode, Category, Instrument, InstrumentGroup

TEXTS: Final = (
    "name_zh",
    "name_en",
    "department",
    "model",
    "manufacturer",
    "country",
    "location",
    "description",
    "technical_indicators",
    "services",
    "methods",
    "sample_requirements",
    "user_notice",
    "contact_name",
    "contact_phone",
    "contact_email",
    "contact_url",
)
PLAIN: Final = (*TEXTS, "original_value_fen", "commissioned_on", "access_modes")
EDITABLE: Final = (*PLAIN, "category", "group_id")
"""Keys of `details`: fields of the model, with `category` as a code (empty: none)."""

Reasons = dict[str, str | Promise]


def apply(instrument: Instrument, details: Mapping[str, Any]) -> list[str]:
    """Set the details on the instrument and return the names of the fields that differ now.

    details: keys of EDITABLE. Raises InstrumentInvalid with one reason per field.
    """
    reasons: Reasons = {key: _("There is no such field.") for key in details.keys() - set(EDITABLE)}
    values = {key: _plain(key, details[key], reasons) for key in PLAIN if key in details}
    if "category" in details:
        values["category_id"] = _category_id(details["category"], reasons)
    if "group_id" in details:
        values["group_id"] = _group_id(instrument, details["group_id"], reasons)
    changed = [field for field, value in values.items() if getattr(instrument, field) != value]
    for field in changed:
        setattr(instrument, field, values[field])
    _validate(instrument, set(changed) - set(reasons), reasons)
    if reasons:
        raise InstrumentInvalid(fields={field: str(reason) for field, reason in sorted(reasons.items())})
    return changed


def _plain(key: str, value: Any, reasons: Reasons) -> Any:
    if key in TEXTS:
        text = str(value or "").strip()
        if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
            reasons[key] = _("The text contains characters that can't be stored.")
        return text
    if key == "access_modes":
        return [mode for mode in AccessMode.values if mode in set(value or ())] or _no_mode(value, reasons)
    return value


def _no_mode(value: Any, reasons: Reasons) -> list[str]:
    if value:
        reasons["access_modes"] = _("Unknown access mode.")
    return []


def _category_id(code: str | None, reasons: Reasons) -> int | None:
    if not code:
        return None
    key = Category.objects.filter(code=code).values_list("pk", flat=True).first() if code.isdigit() else None
    if key is None:
        reasons["category"] = _("There is no category with this code.")
    return key


def _group_id(instrument: Instrument, group_id: int | None, reasons: Reasons) -> int | None:
    if group_id is None:
        return None
    if not InstrumentGroup.objects.filter(pk=group_id, institution=instrument.institution_id).exists():
        reasons["group_id"] = _("The institution has no such group.")
    return group_id


def _validate(instrument: Instrument, fields: set[str], reasons: Reasons) -> None:
    others = {field.name for field in Instrument._meta.get_fields()} - fields  # noqa: SLF001 - a public API
    try:
        instrument.clean_fields(exclude=others)
    except ValidationError as error:
        reasons.update({field: " ".join(messages) for field, messages in error.message_dict.items()})
    if not (instrument.name_zh or instrument.name_en or instrument.description):
        reasons["name_zh"] = _("Give a name in Chinese or English, or a description.")
