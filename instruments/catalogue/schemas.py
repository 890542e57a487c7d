"""API shapes of the catalogue."""

from ninja import Field, Schema


class CategoryOut(Schema):
    """A category of the national classification. instruments: public ones here and below."""

    code: str
    name: str
    level: int
    instruments: int
    children: "list[CategoryOut]"


class CategoryList(Schema):
    """The top of the tree; it is small enough to come at once."""

    items: list[CategoryOut]
    next: str | None = None
    count: int = Field(description="Categories of the first level")
