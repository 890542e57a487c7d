"""Reads of utilisation."""

from booking.utilisation.selectors.access import access_facts, may_see_utilisation
from booking.utilisation.selectors.periods import Period
from booking.utilisation.selectors.reports import Report, Row, utilisation_report, utilisation_rows

__all__ = [
    "Period",
    "Report",
    "Row",
    "access_facts",
    "may_see_utilisation",
    "utilisation_report",
    "utilisation_rows",
]
