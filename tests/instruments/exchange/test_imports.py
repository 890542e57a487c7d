"""Preview, confirm, undo."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError

from accounts.models import Institution
from accounts.viewers import ANONYMOUS
from core.errors import Forbidden, NotFound, NotSignedIn
from core.events import Event
from instruments.catalogue.events import (
    InstrumentChanged,
    InstrumentListed,
    InstrumentPublished,
    InstrumentWithdrawn,
)
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import Filters, matching
from instruments.exchange import applying
from instruments.exchange.commands import confirm_import, preview_import, undo_import
from instruments.exchange.errors import (
    CatalogueChanged,
    FormatMismatch,
    ImportNotConfirmed,
    ImportOverlaid,
    ImportUndone,
    RowsRejected,
)
from instruments.exchange.models import ImportRow, ImportRun
from tests.factories.accounts import make_institution, make_viewer, manager_of
from tests.factories.instruments import standrews_twin

pytestmark = pytest.mark.django_db

IDS = b"ID,Name,Building\nA1,Laser,North\nA2,Furnace,South\nA3,Oven,South\n"


@pytest.fixture
def place() -> Institution:
    return make_institution(country="GB")


def preview(place: Institution, content: bytes = IDS, **options: Any) -> ImportRun:
    return preview_import(viewer=None, institution_id=place.pk, file_name="list.csv", content=content, **options)


def imported(place: Institution, content: bytes = IDS, **options: Any) -> ImportRun:
    return confirm_import(viewer=None, import_id=preview(place, content).pk, **options)


def nonzero(run: ImportRun) -> dict[str, int]:
    return {verdict: count for verdict, count in run.counts.items() if count}


def state() -> list[Any]:
    """Everything the catalogue says, without versions."""
    fields = ("id", "number", "status", "name_en", "description", "location", "source_digest", "missing_since")
    return list(Instrument.objects.order_by("pk").values_list(*fields))


def test_preview_import__real_faults__every_row_has_its_verdict(place: Institution) -> None:
    run = preview(place, standrews_twin(60))
    notes = [{note["code"] for note in row.notes} for row in run.rows.all()]
    assert nonzero(run) == {"new": 60}
    assert run.reading["encoding"] == "mac_roman"
    assert "placeholder_name" in notes[0]
    assert "control_characters" in notes[1]
    assert [("like_row" in each) for each in notes[2:5]] == [False, True, True]
    assert "maybe_cut" in notes[30]
    assert "maybe_cut" not in notes[2]
    assert not Instrument.objects.exists()


def test_preview_import__original__kept_once_and_unchanged(place: Institution) -> None:
    run, again = preview(place), preview(place)
    assert run.file.name == again.file.name
    with default_storage.open(run.file.name or "") as file:
        assert file.read() == IDS
    row = run.rows.first()
    assert row is not None
    assert row.original == {"ID": "A1", "Name": "Laser", "Building": "North"}


def test_preview_import__bad_rows__rejected_with_reasons(place: Institution) -> None:
    run = preview(place, b"ID,Name\n1,Laser\n1,Oven\n2,\n" + b"9" * 101 + b",Saw\n")
    found = [(row.number, row.verdict, [note["code"] for note in row.notes]) for row in run.rows.all()]
    assert found == [
        (2, "new", []),
        (3, "rejected", ["id_repeated"]),
        (4, "rejected", ["unnamed"]),
        (5, "rejected", ["id_too_long"]),
    ]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"ID,Building\n1,North\n"])
def test_preview_import__other_columns__format_mismatch(place: Institution, content: bytes) -> None:
    with pytest.raises(FormatMismatch):
        preview(place, content)


def test_preview_import__zero_bytes_in_utf_16__stored(place: Institution) -> None:
    run = preview(place, "Name,ID\nLa\x00ser,1\nOfen groß,2\n".encode("utf-16"))
    row = run.rows.first()
    assert row is not None
    assert (row.values["name_en"], row.original["Name"]) == ("Laser", "La␀ser")


def test_commands__other_people__refused(place: Institution) -> None:
    stranger = manager_of(make_institution())
    asked: dict[str, Any] = {"institution_id": place.pk, "file_name": "x", "content": IDS}
    with pytest.raises(NotSignedIn):
        preview_import(viewer=ANONYMOUS, **asked)
    with pytest.raises(Forbidden):
        preview_import(viewer=stranger, **asked)
    run = preview_import(viewer=manager_of(place), **asked)
    for command in (confirm_import, undo_import):
        with pytest.raises(NotFound):
            command(viewer=stranger, import_id=run.pk)
        with pytest.raises(NotSignedIn):
            command(viewer=ANONYMOUS, import_id=run.pk)
        with pytest.raises(NotFound):
            command(viewer=make_viewer(), import_id=10**12)


def test_confirm_import__new_rows__drafts_found_by_their_managers(
    place: Institution, published: list[Event]
) -> None:
    manager = manager_of(place)
    run = confirm_import(viewer=manager, import_id=preview(place).pk)
    ids = tuple(Instrument.objects.order_by("pk").values_list("pk", flat=True))
    assert published == [InstrumentListed(place.pk, ids)]
    assert set(Instrument.objects.values_list("status", flat=True)) == {"draft"}
    assert matching(manager, Filters(q="furnace", managed=True)).count() == 1
    assert not matching(manager, Filters(q="furnace")).exists()
    event = Instrument.objects.get(pk=ids[0]).events.get()  # type: ignore[attr-defined]
    assert (event.pgh_context["actor"], event.pgh_context["run"]) == (manager.user_id, run.pk)


def test_confirm_import__publish__all_but_the_unnamed(place: Institution, published: list[Event]) -> None:
    imported(place, standrews_twin(20), publish=True)
    drafts = Instrument.objects.filter(status="draft")
    assert [draft.description for draft in drafts] == ["UNKNOWN"]
    assert [type(event) for event in published] == [InstrumentListed, InstrumentPublished]


def test_confirm_import__publish_later__drafts_of_the_same_file(place: Institution) -> None:
    imported(place)
    imported(place, publish=True)
    assert set(Instrument.objects.values_list("status", "version")) == {("published", 2)}


def test_confirm_import__twice__changes_nothing_twice(place: Institution, published: list[Event]) -> None:
    run = imported(place)
    before = state()
    assert confirm_import(viewer=None, import_id=run.pk).confirmed_at == run.confirmed_at
    assert (state(), len(published)) == (before, 1)


@pytest.mark.parametrize("content", [IDS, standrews_twin(60)])
def test_confirm_import__same_file_again__changes_nothing(
    place: Institution, content: bytes, published: list[Event]
) -> None:
    imported(place, content)
    before, versions = state(), list(Instrument.objects.order_by("pk").values_list("version", flat=True))
    run = imported(place, content)
    assert list(nonzero(run)) == ["unchanged"]
    assert state() == before
    assert list(Instrument.objects.order_by("pk").values_list("version", flat=True)) == versions
    assert len(published) == 1


def test_confirm_import__same_rows_in_another_encoding_and_dialect__unchanged(place: Institution) -> None:
    content = standrews_twin(20)
    imported(place, content)
    other = content.decode("mac_roman").replace(",", "\t").replace("\r\n", "\n").encode("utf-16")
    assert nonzero(preview(place, other)) == {"unchanged": 20}


def test_confirm_import__changed_row__only_its_fields_and_local_edits_survive(place: Institution) -> None:
    imported(place)
    Instrument.objects.filter(source_id="A1").update(name_en="Laser, edited here", version=2)
    run = imported(place, IDS.replace(b"North", b"West"))
    assert nonzero(run) == {"changed": 1, "unchanged": 2}
    laser = Instrument.objects.get(source_id="A1")
    assert (laser.name_en, laser.location, laser.version) == ("Laser, edited here", "West", 3)


def test_preview_import__change_over_a_local_edit__says_so(place: Institution) -> None:
    imported(place)
    Instrument.objects.filter(source_id="A1").update(name_en="Mine", version=2)
    row = preview(place, IDS.replace(b"Laser", b"Maser")).rows.get(verdict="changed")
    assert row.changes == {"name_en": ["Mine", "Maser"]}
    assert [note["code"] for note in row.notes] == ["edited_here"]


def test_confirm_import__row_vanished_and_returned__marked_and_nothing_deleted(
    place: Institution, published: list[Event]
) -> None:
    imported(place)
    run = imported(place, b"ID,Name,Building\nA1,Laser,North\n")
    assert nonzero(run) == {"unchanged": 1, "missing": 2}
    assert Instrument.objects.filter(missing_since__isnull=False, status="draft").count() == 2
    assert nonzero(preview(place, b"ID,Name,Building\nA1,Laser,North\n")) == {"unchanged": 1}
    run = imported(place)
    assert nonzero(run) == {"changed": 2, "unchanged": 1}
    assert not Instrument.objects.filter(missing_since__isnull=False).exists()
    assert [type(event) for event in published] == [InstrumentListed, InstrumentChanged]


def test_confirm_import__one_of_identical_rows_vanished__last_one_missing(place: Institution) -> None:
    content = b"Name\n" + b"Chair\n" * 3
    imported(place, content)
    run = imported(place, b"Name\nChair\nChair\n")
    assert nonzero(run) == {"unchanged": 2, "missing": 1}


def test_confirm_import__two_sources__do_not_touch_each_other(place: Institution) -> None:
    imported(place)
    run = preview(place, b"ID,Name\nA1,Saw\n", source="workshop")
    assert nonzero(run) == {"new": 1}


def test_confirm_import__rejected_rows__nothing_unless_left_out(place: Institution) -> None:
    run = preview(place, b"ID,Name\n1,Laser\n2,\n")
    with pytest.raises(RowsRejected):
        confirm_import(viewer=None, import_id=run.pk)
    assert not Instrument.objects.exists()
    confirm_import(viewer=None, import_id=run.pk, skip_rejected=True)
    assert Instrument.objects.get().name_en == "Laser"


def test_confirm_import__catalogue_changed_since__refused(place: Institution) -> None:
    imported(place)
    run = preview(place, IDS.replace(b"North", b"West"))
    Instrument.objects.filter(source_id="A2").update(version=2)
    with pytest.raises(CatalogueChanged):
        confirm_import(viewer=None, import_id=run.pk)


def test_confirm_import__failure_halfway__nothing_at_all(
    place: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = preview(place)

    def fail(**_: Any) -> int:
        raise IntegrityError

    monkeypatch.setattr(applying, "refresh_search", fail)
    with pytest.raises(IntegrityError):
        confirm_import(viewer=None, import_id=run.pk)
    run.refresh_from_db()
    assert (run.state, Instrument.objects.count()) == ("previewed", 0)
    assert not ImportRow.objects.filter(instrument__isnull=False).exists()


def test_undo_import__new_and_changed_and_missing__as_before(place: Institution, published: list[Event]) -> None:
    imported(place, publish=True)
    before = state()
    run = imported(place, b"ID,Name,Building\nA1,Laser,West\nA2,Furnace,South\nA4,Saw,East\n", publish=True)
    assert nonzero(run) == {"new": 1, "changed": 1, "unchanged": 1, "missing": 1}
    published.clear()
    undo_import(viewer=None, import_id=run.pk)
    assert [row for row in state() if row[2] != "retired"] == before
    assert {type(event) for event in published} == {InstrumentChanged, InstrumentWithdrawn}
    assert matching(ANONYMOUS, Filters(q="saw")).count() == 0


def test_undo_import__twice_and_confirm_after__nothing_and_refused(place: Institution) -> None:
    run = imported(place)
    undo_import(viewer=None, import_id=run.pk)
    before = state()
    undo_import(viewer=None, import_id=run.pk)
    assert state() == before
    with pytest.raises(ImportUndone):
        confirm_import(viewer=None, import_id=run.pk)


def test_undo_import__same_file_again__new_under_the_same_numbers(place: Institution) -> None:
    undo_import(viewer=None, import_id=imported(place).pk)
    numbers = set(Instrument.objects.values_list("number", flat=True))
    run = imported(place, publish=True)
    assert nonzero(run) == {"new": 3}
    assert set(Instrument.objects.values_list("number", "status")) == {(n, "published") for n in numbers}


def test_undo_import__not_confirmed__refused(place: Institution) -> None:
    with pytest.raises(ImportNotConfirmed):
        undo_import(viewer=None, import_id=preview(place).pk)


def test_undo_import__edited_since__refused_with_the_instruments(place: Institution) -> None:
    run = imported(place)
    edited = Instrument.objects.get(source_id="A2")
    Instrument.objects.filter(pk=edited.pk).update(version=5)
    with pytest.raises(ImportOverlaid) as refusal:
        undo_import(viewer=None, import_id=run.pk)
    assert refusal.value.extra["instruments"] == [edited.pk]


def test_undo_import__one_after_the_other__backwards_only(place: Institution) -> None:
    first = imported(place)
    second = imported(place, publish=True)
    with pytest.raises(ImportOverlaid):
        undo_import(viewer=None, import_id=first.pk)
    undo_import(viewer=None, import_id=second.pk)
    undo_import(viewer=None, import_id=first.pk)
    assert set(Instrument.objects.values_list("status", flat=True)) == {"retired"}


@pytest.mark.parametrize("rows", [10, 600])
def test_import__any_number_of_rows__bounded_queries(
    place: Institution, rows: int, django_assert_max_num_queries: Any
) -> None:
    content = b"ID,Name\n" + b"".join(b"%d,Laser %d\n" % (n, n) for n in range(rows))
    with django_assert_max_num_queries(8):
        run = preview(place, content)
    with django_assert_max_num_queries(20):
        confirm_import(viewer=None, import_id=run.pk)
    with django_assert_max_num_queries(18):
        undo_import(viewer=None, import_id=run.pk)
