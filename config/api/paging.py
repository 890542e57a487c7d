"""Cursor paging: stable order, no offset, a count that never scans further than a bound."""

import base64
import binascii
import json
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from ninja.pagination import PaginationBase

from core.errors import Invalid
from core.schemas import is_storable

COUNT_BOUND = 1000
_LARGEST: Final = 2**63 - 1


class CursorInvalid(Invalid):
    """The cursor did not come from this list."""

    code = "cursor_invalid"
    title = _("The cursor is not valid: follow `next` as it was given.")


class Listing(Protocol):
    """What is paged: rows in the order of keys, the last of them unique."""

    model: type[Model]
    keys: tuple[str, ...]

    def filter(self, *conditions: Q) -> "Listing": ...

    def first_rows(self, limit: int) -> list[Any]: ...

    def count_to(self, most: int) -> int: ...


class _Ordered:
    """A queryset as such a listing."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows, self.model = rows, rows.model
        self.keys = tuple(str(key) for key in rows.query.order_by)

    def filter(self, *conditions: Q) -> "_Ordered":
        return _Ordered(self.rows.filter(*conditions))

    def first_rows(self, limit: int) -> list[Any]:
        return list(self.rows[:limit])

    def count_to(self, most: int) -> int:
        return self.rows.order_by().values("pk")[:most].count()


class CursorPaging(PaginationBase):
    """Pages a listing, or a queryset ordered by plain fields, the last of them unique: `order_by("-at", "-pk")`."""

    class Input(Schema):
        limit: int = Field(50, ge=1, le=200)
        cursor: str = Field("", max_length=400)

    class Output(Schema):
        items: list[Any]
        next: str | None
        count: int
        count_exact: bool

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Listing, pagination: Any, request: HttpRequest, **params: Any
    ) -> dict[str, Any]:
        listing: Listing = _Ordered(queryset) if isinstance(queryset, QuerySet) else queryset
        keys = listing.keys
        page = listing.filter(_after(listing.model, keys, pagination.cursor)) if pagination.cursor else listing
        rows = page.first_rows(pagination.limit + 1)
        more = len(rows) > pagination.limit
        rows = rows[: pagination.limit]
        count = listing.count_to(COUNT_BOUND + 1) if more or pagination.cursor else len(rows)
        return {
            "items": rows,
            "next": _next_url(request, keys, rows[-1]) if more else None,
            "count": min(count, COUNT_BOUND),
            "count_exact": count <= COUNT_BOUND,
        }


def encode(values: list[Any]) -> str:
    """Values of the order keys as an opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode(cursor: str) -> list[Any]:
    """The values of a cursor. Raises CursorInvalid."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise CursorInvalid from None
    if not isinstance(values, list):
        raise CursorInvalid
    return values


def _after(model: type[Model], keys: tuple[str, ...], cursor: str) -> Q:
    """Rows behind the cursor in the order of the keys."""
    values = decode(cursor)
    if len(values) != len(keys):
        raise CursorInvalid
    condition, equal = Q(), Q()
    for key, given in zip(keys, values, strict=True):
        value = _comparable(model, key.lstrip("-"), given)
        name, comparison = (key[1:], "lt") if key.startswith("-") else (key, "gt")
        condition |= equal & Q(**{f"{name}__{comparison}": value})
        equal &= Q(**{name: value})
    return condition


def _comparable(model: type[Model], key: str, given: Any) -> Any:
    """A value of a cursor as its field takes it. Raises CursorInvalid for what no row can have."""
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise CursorInvalid
    if isinstance(given, int) and abs(given) > _LARGEST:
        raise CursorInvalid
    if isinstance(given, str) and not is_storable(given):
        raise CursorInvalid
    field = model._meta.pk if key == "pk" else model._meta.get_field(key)  # noqa: SLF001 - a public API
    try:
        return field.to_python(given)  # type: ignore[union-attr]  # lists are ordered by plain fields
    except ValidationError:
        raise CursorInvalid from None


def _next_url(request: HttpRequest, keys: tuple[str, ...], last: Any) -> str:
    values = [_value(last, key.lstrip("-")) for key in keys]
    query = {**request.GET.dict(), "cursor": encode(values)}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


def _value(row: Any, key: str) -> Any:
    for part in key.split("__"):
        row = getattr(row, part)
    return row
