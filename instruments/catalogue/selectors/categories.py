from dataclasses import dataclass

from django.db.models import Count, Q

from core import languages
from instruments.catalogue.models import Category


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
    public = Count("instruments", filter=Q(instruments__status__in=("published", "suspended")))
    rows = Category.objects.annotate(here=public).order_by("code")
    nodes: dict[str, CategoryNode] = {}
    for category in rows:
        nodes[category.code] = CategoryNode(category.code, category.text, category.level, category.here, [])
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
