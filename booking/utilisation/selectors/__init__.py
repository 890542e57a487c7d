"""Reads of utilisation."""

from booking.utilisation.selectors.access import (
    access_facts,
    access_reviewed_institution,
    access_reviewed_instrument,
    may_see_utilisation,
    require_review,
)
from booking.utilisation.selectors.among import EVERYTHING, Among
from booking.utilisation.selectors.periods import Period
from booking.utilisation.selectors.reports import Report, Row, utilisation_report, utilisation_rows

__all__ = [
    "EVERYTHING",
    "Among",
    "Period",
    "Report",
    "Row",
    "access_facts",
    "access_reviewed_institution",
    "access_reviewed_instrument",
    "may_see_utilisation",
    "require_review",
    "utilisation_report",
    "utilisation_rows",
]
