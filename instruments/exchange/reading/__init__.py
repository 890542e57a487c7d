"""From bytes to a table: encoding, dialect and header are found out, never assumed. Knows no format."""

from instruments.exchange.reading.tables import Line, Table, read_table

__all__ = ["Line", "Table", "read_table"]
