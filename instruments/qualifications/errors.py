"""States of qualifications and trainings that prevent what was asked."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class QualificationInvalid(Invalid):
    """It would end before it begins, be for nothing, or for two things at once."""

    code = "qualification_invalid"
    title = _("This qualification can't be granted.")


class PersonUnknown(Invalid):
    """Nobody with this e-mail address has an active account."""

    code = "person_unknown"
    title = _("Nobody with this e-mail address has an account.")


class QualificationRevokedBefore(Conflict):
    """A revoked qualification is granted anew, not changed."""

    code = "qualification_revoked"
    title = _("This qualification has been revoked. Grant a new one.")


class TrainingFull(Conflict):
    """Every seat is taken."""

    code = "training_full"
    title = _("All seats of this training are taken.")


class TrainingOver(Conflict):
    """It has taken place, was called off, or has begun: seats and results stay as they are."""

    code = "training_over"
    title = _("This training can't be changed any more.")


class TrainingAhead(Conflict):
    """Nobody has attended what has not begun."""

    code = "training_ahead"
    title = _("This training has not begun yet.")
