"""The language of management commands."""

import os
import subprocess
import sys

import pytest
from django.utils.translation import get_language, override

from config.command_line import SERVING, CommandLine, shell_language
from tests.databases import CHECKOUT

SAY = "from core.errors import NotSignedIn; print(NotSignedIn.title)"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "en_US", "LC_ALL": "zh_TW"}, "zh-hans"),
        ({"LANG": "en_US", "LC_ALL": ""}, "en"),
        ({"LC_ALL": "C"}, "en"),
        ({"LC_ALL": "C.UTF-8"}, "en"),
        ({"LC_ALL": "POSIX"}, "en"),
        ({"LANG": "enm_GB"}, ""),
        ({"LANG": "fr_FR.UTF-8"}, ""),
        ({}, ""),
    ],
)
def test_shell_language__of_an_environment__as_its_locale_says(environ: dict[str, str], language: str) -> None:
    assert shell_language(environ) == language


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en_GB.UTF-8", "Sign in first."),
        ("C.UTF-8", "Sign in first."),
        ("zh_CN.UTF-8", "请先登录。"),
        ("", "请先登录。"),
    ],
)
def test_manage__in_a_shell__speaks_its_language(locale: str, said: str) -> None:
    shell = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    environ = shell | {"LANG": locale, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", SAY]
    done = subprocess.run(command, cwd=CHECKOUT, env=environ, capture_output=True, check=True)
    assert done.stdout.decode().strip() == said


def test_command_line__of_a_serving_process__keeps_the_platforms_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    for name in SERVING:
        with override("zh-hans"):
            CommandLine(["manage.py", name]).fetch_command(name)
            assert get_language() == "zh-hans"
    with override("zh-hans"):
        CommandLine(["manage.py", "check"]).fetch_command("check")
        assert get_language() == "en"
