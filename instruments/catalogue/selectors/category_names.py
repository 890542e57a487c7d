from core import languages
from instruments.catalogue.models import Category


def category_name(code: str) -> languages.Text:
    """A category's name; the code itself where there is none. One query."""
    category = Category.objects.filter(code=code).first()
    return category.text if category else languages.Text(code, "")
