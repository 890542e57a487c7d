"""Which instruments a question means."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BooleanField, F, FloatField, Func, Value

from accounts.models import Role
from accounts.regions import significant
from accounts.viewers import Viewer
from instruments.catalogue.models import AccessMode, Category, Instrument
from instruments.catalogue.querysets import InstrumentQuerySet
from instruments.catalogue.search import query_text

_LEVELS: Final = (2, 4, 6)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a searcher asks for; empty: anything.

    q: free text. category, region: a code of any level, all below it included. institution: its id.
    managed: instruments the viewer manages, in any status, not the public ones.
    """

    q: str = ""
    category: str = ""
    institution: int | None = None
    region: str = ""
    access_mode: str = ""
    managed: bool = False


class _Matches(Func):
    """`search @@ question`, with the question already in PostgreSQL's text form."""

    template = "(%(expressions)s::tsquery)"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _Rank(Func):
    """Weights of the words that were hit."""

    function = "ts_rank"
    template = "%(function)s(%(expressions)s::tsquery)"
    output_field = FloatField()


def matching(viewer: Viewer, filters: Filters) -> InstrumentQuerySet:
    """The instruments that fit all filters and that the viewer may see, in no particular order.

    The queryset is the set of candidates: callers add price, free time, order and a limit.
    """
    found = _managed_by(viewer) if filters.managed else Instrument.objects.public()
    if filters.q.strip():
        question = query_text(filters.q)
        found = found.filter(_Matches(F("search"), Value(question))) if question else found.none()
    if filters.category:
        found = found.filter(category__in=_below(filters.category))
    if filters.institution is not None:
        found = found.filter(institution_id=filters.institution)
    if filters.region:
        region = significant(_digits(filters.region)) or "-"
        found = found.filter(institution__region__startswith=region)
    if filters.access_mode:
        known = filters.access_mode in AccessMode.values
        found = found.filter(access_modes__contains=[filters.access_mode]) if known else found.none()
    return found


def by_relevance(found: InstrumentQuerySet, q: str) -> InstrumentQuerySet:
    """The same instruments with `relevance`, most relevant first, in a stable order."""
    question = query_text(q)
    if not question:
        return found.annotate(relevance=Value(0.0, output_field=FloatField())).order_by("pk")
    ranked = found.annotate(relevance=_Rank(F("search"), Value(question)))
    return ranked.order_by("-relevance", "pk")


def _managed_by(viewer: Viewer) -> InstrumentQuerySet:
    if viewer.is_platform_admin:
        return Instrument.objects.all()
    return Instrument.objects.filter(institution_id__in=viewer.institutions_as(Role.MANAGER, Role.ADMIN))


def _below(code: str) -> Any:
    """The ids of a category and everything below it."""
    digits = _digits(code)
    shared = next((digits[:n] for n in _LEVELS if not digits[n:].strip("0")), digits)
    return Category.objects.filter(code__startswith=shared).values("pk")


def _digits(code: str) -> str:
    """The code, or a code that nothing has where it is none."""
    return code if code.isascii() and code.isdecimal() else "-"
