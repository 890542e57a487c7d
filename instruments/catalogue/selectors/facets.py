"""How many of the candidates fall under what."""

from dataclasses import dataclass
from typing import Final

from django.core.exceptions import EmptyResultSet
from django.db import connection

from core import languages
from instruments.catalogue.models import Revision
from instruments.catalogue.querysets import InstrumentQuerySet
from instruments.catalogue.selectors.matching import Filters

EXACT_COUNT: Final = 1_000
MOST_FACETED: Final = 10_000
"""Facets look at no more candidates than this; beyond it they say that they are not exact."""
MOST_VALUES: Final = 30
MOST_REMEMBERED: Final = 200
"""Questions whose facets a process keeps in mind."""

_FACETS = """
    WITH hits AS MATERIALIZED (
        SELECT * FROM ({candidates}) AS candidate (id, category_id, institution_id, access_modes) LIMIT {limit}
    ),
    placed AS (SELECT category_id, institution_id, count(*) AS hits FROM hits GROUP BY 1, 2),
    moded AS (SELECT access_modes, count(*) AS hits FROM hits GROUP BY 1),
    counted AS (
        SELECT 'category' AS facet, top.code AS value, top.name_zh, top.name_en, sum(placed.hits) AS hits
        FROM placed JOIN catalogue_category own ON own.id = placed.category_id
        JOIN catalogue_category top ON top.code = left(own.code, 2) || '0000' GROUP BY top.id
        UNION ALL
        SELECT 'institution', place.id::text, place.name_zh, place.name_en, sum(placed.hits)
        FROM placed JOIN accounts_institution place ON place.id = placed.institution_id GROUP BY place.id
        UNION ALL
        SELECT 'region', left(place.region, 4), '', '', sum(placed.hits)
        FROM placed JOIN accounts_institution place ON place.id = placed.institution_id
        WHERE place.region <> '' GROUP BY 2
        UNION ALL
        SELECT 'access_mode', mode, '', '', sum(hits) FROM moded, unnest(access_modes) AS mode GROUP BY 2
        UNION ALL
        SELECT 'all', '', '', '', coalesce(sum(hits), 0) FROM moded
    ),
    ranked AS (
        SELECT *, row_number() OVER (PARTITION BY facet ORDER BY hits DESC, value) AS place FROM counted
    )
    SELECT facet, value, name_zh, name_en, hits::bigint FROM ranked WHERE place <= {values} ORDER BY facet, place
"""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet. name: empty where the reader names it (access modes, regions)."""

    value: str
    name: languages.Text
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """category: codes of level 1; institution: ids; region: prefectures (four digits); access_mode: codes."""

    category: tuple[FacetValue, ...]
    institution: tuple[FacetValue, ...]
    region: tuple[FacetValue, ...]
    access_mode: tuple[FacetValue, ...]
    total: int
    exact: bool

    def count_up_to(self, limit: int = EXACT_COUNT) -> tuple[int, bool]:
        """How many candidates there are and whether that is exact, as the function of this name tells."""
        return min(self.total, limit), self.total <= limit


_Row = tuple[str, str, str, str, int]
_known: dict[tuple[tuple[int, ...], Filters], list[_Row]] = {}


def facets(found: InstrumentQuerySet, filters: Filters | None = None) -> Facets:
    """The four facets of the candidates, the most frequent values first. Two statements, often one.

    filters: the candidates are all public instruments that match these, whoever asks. Then they are counted once
    for each revision of the catalogue and remembered by the process.
    """
    return _facets(_counted(found) if filters is None or filters.managed else _remembered(found, filters))


def _remembered(found: InstrumentQuerySet, filters: Filters) -> list[_Row]:
    """The revision is read first: what is counted may be newer than it, never older."""
    key = (tuple(Revision.objects.order_by("pk").values_list("pk", flat=True)), filters)
    rows = _known.get(key)
    if rows is None:
        rows = _counted(found)
        if len(_known) >= MOST_REMEMBERED:
            _known.clear()
        _known[key] = rows
    return rows


def _facets(counted: list[_Row]) -> Facets:
    rows: dict[str, list[FacetValue]] = {}
    for facet, value, name_zh, name_en, hits in counted:
        rows.setdefault(facet, []).append(FacetValue(value, languages.chosen(name_zh, name_en), hits))
    return Facets(
        category=tuple(rows.get("category", ())),
        institution=tuple(rows.get("institution", ())),
        region=tuple(rows.get("region", ())),
        access_mode=tuple(rows.get("access_mode", ())),
        total=(total := rows["all"][0].count if rows else 0),
        exact=total <= MOST_FACETED,
    )


def _counted(found: InstrumentQuerySet) -> list[_Row]:
    candidates = found.order_by().values_list("pk", "category_id", "institution_id", "access_modes")
    try:
        sql, parameters = candidates.query.sql_with_params()
    except EmptyResultSet:  # Django knows that nothing fits, without asking
        return []
    statement = _FACETS.format(candidates=sql, limit=MOST_FACETED + 1, values=MOST_VALUES)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def count_up_to(found: InstrumentQuerySet, limit: int = EXACT_COUNT) -> tuple[int, bool]:
    """How many candidates there are and whether that is exact; beyond `limit` it is `limit` and is not."""
    count = found.order_by()[: limit + 1].count()
    return min(count, limit), count <= limit
