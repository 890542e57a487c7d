"""Facets remembered by the process, and the revision of the catalogue that they are remembered for."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Institution
from accounts.viewers import ANONYMOUS
from instruments.catalogue.models import Instrument, Revision
from instruments.catalogue.selectors import Filters, facets, matching
from tests.factories.accounts import make_institution, manager_of
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db


def revision() -> frozenset[int]:
    return frozenset(Revision.objects.values_list("pk", flat=True))


def test_facets__of_the_same_filters_again__remembered_until_something_changes(
    django_assert_num_queries: Any,
) -> None:
    instrument, filters = make_instrument(make_institution(name_zh="One")), Filters()

    def places() -> list[tuple[str, int]]:
        found = facets(matching(ANONYMOUS, filters), filters).institution
        return [(value.name.text, value.count) for value in found]

    assert places() == [("One", 1)]
    with django_assert_num_queries(1):
        assert places() == [("One", 1)]
    Institution.objects.update(name_zh="Other")
    assert places() == [("Other", 1)]
    make_instrument(instrument.institution)
    assert places() == [("Other", 2)]
    Instrument.objects.filter(pk=instrument.pk).update(status="draft")
    assert places() == [("Other", 1)]


def test_facets__change_taken_back__never_remembered() -> None:
    filters = Filters()
    make_instrument()
    with transaction.atomic():
        make_instrument()
        assert facets(matching(ANONYMOUS, filters), filters).total == 2
        transaction.set_rollback(True)
    assert facets(matching(ANONYMOUS, filters), filters).total == 1
    with transaction.atomic():
        Instrument.objects.update(status="retired")
        assert facets(matching(ANONYMOUS, filters), filters).total == 0
        transaction.set_rollback(True)
    assert facets(matching(ANONYMOUS, filters), filters).total == 1


def test_facets__managed__counted_for_each_viewer() -> None:
    one, other = make_instrument(), make_instrument()
    filters = Filters(managed=True)
    for instrument in (one, other):
        viewer = manager_of(instrument.institution)
        (place,) = facets(matching(viewer, filters), filters).institution
        assert (place.value, place.count) == (str(instrument.institution_id), 1)


@pytest.mark.django_db(transaction=True)
def test_revision__two_writers_at_once__neither_waits_and_both_count() -> None:
    instrument = make_instrument()
    started, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Instrument.objects.filter(pk=instrument.pk).update(model="A")
            started.set()
            assert done.wait(10)
        connection.close()

    before = revision()
    other = threading.Thread(target=hold)
    other.start()
    assert started.wait(10)
    Institution.objects.update(name_en="Changed meanwhile")
    between = revision()
    done.set()
    other.join()
    assert len({before, between, revision()}) == 3
