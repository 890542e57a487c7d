"""`manage.py import_catalogue`."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Institution
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution
from tests.factories.instruments import standrews_twin

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Institution:
    return make_institution(slug="st-andrews", country="GB")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "equipment.csv"
    path.write_bytes(standrews_twin(60))
    return path


def output(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    call_command("import_catalogue", *map(str, args))
    return capsys.readouterr().out


def test_import_catalogue__preview__a_line_per_row_and_the_reading(
    place: Institution, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = output(capsys, file, "--institution", "st-andrews").splitlines()
    assert len([line for line in lines if line[:6].strip().isdigit() and "  " in line[6:8]]) >= 60
    assert any("mac_roman" in line for line in lines)
    assert any("CA" in line and "cp1252" in line for line in lines)
    assert not Instrument.objects.exists()


def test_import_catalogue__confirm_publish_repeat__applied_once(
    place: Institution, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        output(capsys, file, "--institution", "st-andrews", "--confirm", "--publish", "--quiet")
    assert Instrument.objects.filter(status="published").count() == 59
    assert set(Instrument.objects.values_list("version", flat=True)) == {1}


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("missing.csv", None, []),
        ("empty.csv", b"", []),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x01", []),
        ("other.csv", b"a,b\n1,2\n", []),
        ("good.csv", b"Name,ID\nLaser,1\n", ["--format", "nothing"]),
        ("bad.csv", b"Name,ID\nLaser,1\n,2\n", ["--confirm"]),
    ],
)
def test_import_catalogue__bad_file__one_sentence(
    place: Institution, tmp_path: Path, name: str, content: bytes | None, options: list[str]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        call_command("import_catalogue", str(path), "--institution", "st-andrews", *options)
    assert len(str(refusal.value)) > 10
    assert not Instrument.objects.exists()


def test_import_catalogue__unknown_institution__names_the_known(place: Institution, file: Path) -> None:
    with pytest.raises(CommandError, match="st-andrews"):
        call_command("import_catalogue", str(file), "--institution", "nowhere")
