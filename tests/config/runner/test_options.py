"""The command line and its variables."""

from pathlib import Path

import pytest

from config.runner.options import parse


def test_up__nothing_given__defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "SCALE", "WEB", "NO_DEMO"):
        monkeypatch.delenv(f"BENCHSHARE_{name}", raising=False)
    options = parse(["up"])
    assert (options.host, options.port, options.scale, options.web, options.demo) == (
        "127.0.0.1",
        8000,
        "small",
        1,
        True,
    )


def test_up__variables__taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {"HOST": "::1", "PORT": "8123", "SCALE": "province", "WEB": "3", "NO_DEMO": "1"}
    for name, value in (values | {"DATA_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(f"BENCHSHARE_{name}", value)
    options = parse(["up"])
    assert (options.host, options.port, options.scale, options.web) == ("::1", 8123, "province", 3)
    assert (options.demo, options.data_dir) == (False, tmp_path)


def test_up__option_and_variable__option_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHSHARE_PORT", "8123")
    assert parse(["up", "--port", "8124"]).port == 8124


@pytest.mark.parametrize(
    ("variable", "value"), [("PORT", "eighty"), ("PORT", "70000"), ("SCALE", "huge"), ("WEB", "0")]
)
def test_up__senseless_variable__one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str
) -> None:
    monkeypatch.setenv(f"BENCHSHARE_{variable}", value)
    with pytest.raises(SystemExit) as stopped:
        parse(["up"])
    assert stopped.value.code == 2
    assert value in capsys.readouterr().err.splitlines()[-1]


def test_up__unknown_option__refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(["up", "--prot", "1"])
    assert stopped.value.code == 2
    assert "--prot" in capsys.readouterr().err


def test_test__further_arguments__kept_for_pytest_in_order() -> None:
    options = parse(["test", "--deep", "-k", "journey", "tests/booking", "-x"])
    assert options.deep
    assert options.arguments == ["-k", "journey", "tests/booking", "-x"]


def test_bench__further_arguments__kept_for_the_benchmark(tmp_path: Path) -> None:
    options = parse(["bench", "bookings", "--json", str(tmp_path / "a.json"), "--clients", "50"])
    assert (options.benchmark, options.json) == ("bookings", tmp_path / "a.json")
    assert options.arguments == ["--clients", "50"]


def test_manage__options_of_the_command__not_ours(tmp_path: Path) -> None:
    options = parse(["manage", "--data-dir", str(tmp_path), "seed_demo", "--scale", "small", "--data-dir", "x"])
    assert options.data_dir == tmp_path
    assert options.arguments == ["seed_demo", "--scale", "small", "--data-dir", "x"]
