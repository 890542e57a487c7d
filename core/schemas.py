"""What all API schemas share: unknown fields are refused, texts can be stored, times carry their offset."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError


class StrictSchema(Schema):
    """Base of request bodies: a misspelt field is an error, not silently ignored."""

    model_config = ConfigDict(extra="forbid")


def is_storable(text: str) -> bool:
    """PostgreSQL stores neither NUL nor lone surrogates."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def storable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError("text_not_storable", _("Text must not contain NUL or broken characters."))
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(storable)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(storable)]

FIRST_INSTANT: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Beyond these, arithmetic in other zones may leave the calendar; nobody books there."""


def _written(value: Any) -> Any:
    """Numbers would be taken for seconds since 1970: 20260302 is no second of March."""
    if not isinstance(value, str) or "-" not in value:
        raise PydanticCustomError(
            "time_not_written", _("Give times with their offset, such as 2026-03-02T09:00:00+08:00.")
        )
    return value


def _in_calendar(instant: datetime) -> datetime:
    if not FIRST_INSTANT <= instant < LAST_INSTANT:
        raise PydanticCustomError("time_out_of_range", _("Times lie between the years 1900 and 2199."))
    return instant


Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_calendar)]
"""RFC 3339 with an offset."""


def _date_in_calendar(on: date) -> date:
    if not FIRST_INSTANT.date() < on < LAST_INSTANT.date():
        raise PydanticCustomError("time_out_of_range", _("Give a date between the years 1900 and 2199."))
    return on


CalendarDate = Annotated[date, AfterValidator(_date_in_calendar)]
"""A local date, such as 2026-03-02."""
