"""Which environment a command gets, and which tools it finds."""

from pathlib import Path

import pytest

from config.runner import browser, environment, node
from config.runner.console import Step
from config.runner.layout import Layout


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch, layout: Layout) -> list[list[str]]:
    """The groups of each sync, without running one."""
    runs: list[list[str]] = []
    monkeypatch.setattr(environment, "_install_uv", lambda _layout: _touch(layout.uv, layout.python))
    monkeypatch.setattr(environment, "_synchronise", lambda _layout, groups: runs.append(sorted(groups)))
    return runs


def _touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def prepare(layout: Layout, *groups: str) -> bool:
    """Whether there was nothing to do."""
    step = Step()
    environment.prepare(layout, set(groups), step)
    return step.skipped


def test_prepare__up_after_test__removes_nothing(layout: Layout, synced: list[list[str]]) -> None:
    done = [prepare(layout), prepare(layout), prepare(layout, "dev"), prepare(layout), prepare(layout, "dev")]
    assert done == [False, True, False, True, True]
    assert synced == [[], ["dev"]]


def test_prepare__lock_file_changed__synced_exactly_with_all_groups_so_far(
    layout: Layout, synced: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prepare(layout, "dev")
    (tmp_path / "uv.lock").write_text("changed")
    monkeypatch.setattr(environment, "LOCK_FILE", tmp_path / "uv.lock")
    assert not prepare(layout)
    assert synced == [["dev"], ["dev"]]


def test_prepare__interpreter_gone__synced_again(layout: Layout, synced: list[list[str]]) -> None:
    prepare(layout)
    layout.python.unlink()
    assert not prepare(layout)
    assert len(synced) == 2


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        (None, False),
        ((18, 20), False),
        ((20, 18), False),
        ((20, 19), True),
        ((21, 7), False),
        ((22, 11), False),
        ((22, 12), True),
        ((24, 0), True),
    ],
)
def test_node__version__what_vite_supports(version: tuple[int, int] | None, enough: bool) -> None:
    assert node.is_new_enough(version) is enough


def test_node__broken_program__none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert node.system_version() is None


def test_browser__named_by_chromium__used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "my-chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert browser.find() == str(program)


def test_browser__named_one_missing__none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing"))
    assert browser.find() is None


def test_environ__of_the_product__points_to_its_own_home(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environ = Layout.at(layout.root, "test").environ()
    assert environ["BENCHSHARE_DATA_DIR"] == str(layout.root / "test")
    assert environ["BENCHSHARE_ASSETS"] == str(layout.root / "test" / "assets")
    assert environ["PATH"].startswith(str(layout.venv / "bin"))
    assert environ["PYTHONPYCACHEPREFIX"] == str(layout.root / "cache" / "pycache")
    assert not {"VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"} & set(environ)
