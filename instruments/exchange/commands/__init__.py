"""Everything that imports do."""

from instruments.exchange.commands.confirm_import import confirm_import
from instruments.exchange.commands.preview_import import preview_import
from instruments.exchange.commands.undo_import import undo_import

__all__ = ["confirm_import", "preview_import", "undo_import"]
