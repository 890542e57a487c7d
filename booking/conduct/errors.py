"""States of credit, reports and agreements that prevent what was asked."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class NotAppealable(Conflict):
    """Only what lowered the credit can be appealed, once, and not for ever."""

    code = "credit_not_appealable"
    title = _("This entry can't be appealed any more.")


class AppealDecidedBefore(Conflict):
    """Somebody has decided it meanwhile."""

    code = "appeal_decided"
    title = _("This appeal has been decided already.")


class OwnAppeal(Conflict):
    """Nobody decides about themselves."""

    code = "appeal_own"
    title = _("Somebody else has to decide your own appeal.")


class ReasonMissing(Invalid):
    """An appeal says why; a decision says why."""

    code = "reason_missing"
    title = _("Give a reason of at most 1,000 characters.")


class ReportedBefore(Conflict):
    """One report per use."""

    code = "usage_reported"
    title = _("There is a report on this use already.")


class AgreementInvalid(Invalid):
    """A text to sign in at least one language."""

    code = "agreement_invalid"
    title = _("Give the text in at least one language, at most 20,000 characters each.")


class AgreementReplaced(Conflict):
    """A newer version holds, or none."""

    code = "agreement_replaced"
    title = _("This text does not hold any more. Read the present one.")
