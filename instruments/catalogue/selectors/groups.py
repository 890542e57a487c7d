from django.db.models import QuerySet

from instruments.catalogue.models import InstrumentGroup


def groups_of(institution_id: int) -> "QuerySet[InstrumentGroup]":
    """An institution's groups of instruments, by name. One query."""
    return InstrumentGroup.objects.filter(institution=institution_id).order_by("name_zh", "name_en", "pk")
