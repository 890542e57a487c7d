"""The real files, where BENCHSHARE_SAMPLES names their folder."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command

from instruments.catalogue.models import Category, Instrument
from instruments.exchange.commands import confirm_import, preview_import
from instruments.exchange.errors import FormatMismatch
from instruments.exchange.models import ImportRun
from tests.factories.accounts import make_institution

SAMPLES = os.environ.get("BENCHSHARE_SAMPLES")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLES, reason="BENCHSHARE_SAMPLES names no folder of real files"),
]


def sample(name: str) -> Path:
    return Path(SAMPLES or "") / name


def preview(institution_id: int, name: str) -> ImportRun:
    content = sample(name).read_bytes()
    return preview_import(viewer=None, institution_id=institution_id, file_name=name, content=content)


def test_st_andrews__as_published__623_new_then_unchanged() -> None:
    place = make_institution(country="GB").pk
    run = preview(place, "standrews/equipment.csv")
    notes = [note["code"] for row in run.rows.all() for note in row.notes]
    assert (run.counts["new"], run.counts["rejected"]) == (623, 0)
    assert (run.reading["encoding"], run.reading["evidence"][0]["byte"]) == ("mac_roman", "CA")
    counted = {code: notes.count(code) for code in ("like_row", "maybe_cut", "placeholder_name", "email_invalid")}
    assert counted == {"like_row": 35, "maybe_cut": 350, "placeholder_name": 1, "email_invalid": 0}
    confirm_import(viewer=None, import_id=run.pk)
    assert Instrument.objects.values("description").distinct().count() == 581
    assert preview(place, "standrews/equipment.csv").counts["unchanged"] == 623


def test_uniquip_template__no_rows__read_with_its_21_headings() -> None:
    run = preview(make_institution().pk, "standrews/UniquipTemplate.xlsx")
    assert (len(run.reading["columns"]), run.reading["ignored"], run.rows.count()) == (21, [], 0)


def test_national_template__not_uniquip__says_so() -> None:
    with pytest.raises(FormatMismatch):
        preview(make_institution().pk, "templates/equipment.xls")


def test_national_classification__all_levels__15_93_631() -> None:
    for _ in range(2):
        call_command("load_classification", sample("classification/instrument_classification_nrii.csv"))
    assert [Category.objects.filter(level=level).count() for level in (1, 2, 3)] == [15, 93, 631]
    assert not Category.objects.filter(level__lt=3, name_en="").exists()
