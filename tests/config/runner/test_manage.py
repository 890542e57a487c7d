"""`run.py manage` works on what `up` made, and makes nothing of its own."""

from pathlib import Path

import pytest

from config.runner.commands.manage import manage
from config.runner.failures import Refusal
from config.runner.layout import Layout
from config.runner.options import Options


def listing(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*")}


def test_manage__no_such_directory__says_what_to_do_and_makes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "typo"
    with pytest.raises(Refusal) as refused:
        manage(Options("manage", home, arguments=["check"]))
    assert str(refused.value) == f"No data in {home} yet: run `python3 run.py up` first."
    assert not home.exists()


def test_manage__up_never_got_to_an_environment__the_same(tmp_path: Path) -> None:
    layout = Layout.at(tmp_path / "data")
    with pytest.raises(Refusal, match=r"No data in .* yet"):
        manage(Options("manage", layout.home, arguments=["check"]))
    assert not {"venv", "postgres", "uv"} & listing(layout.home)
