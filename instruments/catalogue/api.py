"""API of the catalogue: the classification. Instruments are served by booking.discovery."""

from typing import Any

from ninja import Router

from accounts.schemas import ViewerRequest
from instruments.catalogue.schemas import CategoryList
from instruments.catalogue.selectors import CategoryNode, category_tree

router = Router(tags=["catalogue"])


@router.get("categories", response=CategoryList)
def list_categories(request: ViewerRequest) -> dict[str, Any]:
    """The classification tree with the number of public instruments in each branch."""
    top = [_document(node) for node in category_tree()]
    return {"items": top, "next": None, "count": len(top)}


def _document(node: CategoryNode) -> dict[str, Any]:
    return {
        "code": node.code,
        "name": node.name.text,
        "level": node.level,
        "instruments": node.instruments,
        "children": [_document(child) for child in node.children],
    }
