"""What can be wrong with a form and with answers to it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid


class FormInvalid(Invalid):
    """A form that can't be asked: two questions with one key, a choice without choices."""

    code = "form_invalid"
    title = _("The booking form is not valid.")


class AnswersInvalid(Invalid):
    """Answers that don't fit the form. extra: errors (question, label, code, message), all of them."""

    code = "answers_invalid"
    title = _("Some answers to the booking form are missing or wrong.")

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        detail = "; ".join(f"{each['label'] or each['question']}: {each['message']}" for each in errors[:5])
        super().__init__(detail, errors=list(errors))


class AccessModeNotOffered(Invalid):
    """The instrument can't be used this way."""

    code = "access_mode_not_offered"
    title = _("The instrument is not offered in this way.")


class FileRefused(Invalid):
    """A file of a kind that is not taken, an empty one, or one that is not what its name says."""

    code = "file_refused"
    title = _("This file can't be taken.")


class AnswerFileTooLarge(Invalid):
    """The file has more bytes than an answer may have."""

    code = "file_too_large"
    status = 413
    title = _("The file is too large.")
