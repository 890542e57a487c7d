"""What all API schemas share: unknown fields are refused, texts can be stored, times carry their offset."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError


class StrictSchema(Schema):
    """Base of request bodies: a misspelt field is an error, not silently ignored."""

    model_config = ConfigDict(extra="forbid")


def _storable(text: str) -> str:
    """PostgreSQL stores neither NUL nor lone surrogates."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("text_not_storable", "Text must not contain NUL or broken characters.")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_storable)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(_storable)]
Instant = AwareDatetime
