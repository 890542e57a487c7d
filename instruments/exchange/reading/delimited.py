"""Rows of a text table with a given delimiter."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from instruments.exchange.errors import FileUnreadable

DELIMITERS: Final = (",", ";", "\t", "|")


def rows(text: str, delimiter: str, *, most: int) -> Iterator[tuple[int, list[str]]]:
    """At most so many rows, each with the line of the file it begins on. Raises FileUnreadable."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        begins_on = 1
        for cells in islice(reader, most):
            yield begins_on, cells
            begins_on = reader.line_num + 1
    except csv.Error as error:
        raise FileUnreadable from error
