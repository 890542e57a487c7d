from dataclasses import dataclass
from typing import Final

from core import languages
from instruments.catalogue.models import Category

_COUNTED: Final = """
    SELECT category.*, coalesce(counted.instruments, 0) AS here FROM catalogue_category AS category
    LEFT JOIN (
        SELECT category_id, count(*) AS instruments FROM catalogue_instrument
        WHERE status IN ('published', 'suspended') GROUP BY category_id
    ) AS counted ON counted.category_id = category.id
    ORDER BY category.code
"""


@dataclass(slots=True)
class CategoryNode:
    """A category with what lies below it. instruments: public ones here and below."""

    code: str
    name: languages.Text
    level: int
    instruments: int
    children: "list[CategoryNode]"


def category_tree() -> list[CategoryNode]:
    """The whole classification as its top nodes, with the counts of public instruments: one statement."""
    nodes: dict[str, CategoryNode] = {}
    for category in Category.objects.raw(_COUNTED):
        here: int = vars(category)["here"]
        nodes[category.code] = CategoryNode(category.code, category.text, category.level, here, [])
    return _linked(nodes)


def _linked(nodes: dict[str, CategoryNode]) -> list[CategoryNode]:
    """Hang every node below its parent; deepest first, so that counts arrive at the top complete."""
    top: list[CategoryNode] = []
    for node in sorted(nodes.values(), key=lambda node: (-node.level, node.code)):
        parent = nodes.get(node.code[: 2 * (node.level - 1)].ljust(6, "0")) if node.level > 1 else None
        (parent.children if parent else top).append(node)
        if parent:
            parent.instruments += node.instruments
    return sorted(top, key=lambda node: node.code)
