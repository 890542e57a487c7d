"""What can be wrong with a question about utilisation."""

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid


class PeriodInvalid(Invalid):
    """The two dates do not make a period."""

    code = "period_invalid"
    title = _("The period is not valid: the end must be after the start, at most three years later.")


class UnknownMetric(Invalid):
    """There is no metric of that code; `known` lists those there are."""

    code = "unknown_metric"
    title = _("There is no such metric.")


class UnknownGrouping(Invalid):
    """Utilisation is not added up by that; `known` lists by what it is."""

    code = "unknown_grouping"
    title = _("Utilisation can't be added up by that.")


class PageInvalid(Invalid):
    """The cursor did not come from this report."""

    code = "cursor_invalid"
    title = _("The cursor is not valid: follow `next` as it was given.")
