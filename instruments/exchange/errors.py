"""What can be wrong with a file or an import; every sentence says what would be right."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, DomainError, Invalid


class FileUnreadable(Invalid):
    """The bytes are neither a workbook nor a text table."""

    code = "file_unreadable"
    title = _("The file can't be read as a table.")


class FileTooLarge(DomainError):
    """The file, its rows or its columns exceed what one import takes."""

    code = "file_too_large"
    status = 413
    title = _("The file is too large for one import.")


class FormatUnknown(Invalid):
    """There is no import format with this code."""

    code = "format_unknown"
    title = _("There is no such import format.")


class FormatMismatch(Invalid):
    """No line of the file is a header of the format, or its header lacks a needed column."""

    code = "format_mismatch"
    title = _("The file does not have the columns of the format.")


class RowsRejected(Conflict):
    """An import is all or nothing: rejected rows are corrected, or left out on purpose."""

    code = "rows_rejected"
    title = _("Some rows are rejected: correct the file, or leave them out explicitly.")


class CatalogueChanged(Conflict):
    """What the preview compared the file with is not what the catalogue says now."""

    code = "catalogue_changed"
    title = _("The catalogue has changed since the preview: make a new preview.")


class ImportNotConfirmed(Conflict):
    """Only a confirmed import can be undone."""

    code = "import_not_confirmed"
    title = _("The import is not confirmed, so there is nothing to undo.")


class ImportUndone(Conflict):
    """An import that was undone is not applied a second time; the file can be previewed again."""

    code = "import_undone"
    title = _("The import was undone: make a new preview of the file.")


class ImportOverlaid(Conflict):
    """Something came after the import that undoing it would destroy."""

    code = "import_overlaid"
    title = _("The import can't be undone any more.")
