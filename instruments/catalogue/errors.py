"""States of the catalogue that prevent what was asked."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid


class InstrumentInvalid(Invalid):
    """Some details of the instrument are not acceptable; `fields` says which and why."""

    code = "instrument_invalid"
    title = _("Some details of the instrument are not valid.")


class InstrumentRetired(Conflict):
    """A retired instrument does not come back by itself."""

    code = "instrument_retired"
    title = _("The instrument is retired.")


class InstrumentNotPublished(Conflict):
    """Only what is published can be suspended."""

    code = "instrument_not_published"
    title = _("The instrument is not published.")


class ClassificationInvalid(Invalid):
    """The classification's table contradicts itself or lacks a column."""

    code = "classification_invalid"
    title = _("The classification can't be read.")
