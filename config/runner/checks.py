"""What `run.py test` checks before pytest: one line each, all of them even when one fails."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from config.runner import environment, node, processes
from config.runner.console import Console
from config.runner.django_steps import ROOMS, manage_command
from config.runner.failures import Failure
from config.runner.layout import CHECKOUT, FRONTEND, Layout


@dataclass(frozen=True)
class Check:
    """One command that must succeed."""

    name: str
    argv: list[str]
    env: dict[str, str] = field(repr=False)
    cwd: Path = CHECKOUT


def static_checks(layout: Layout, *, wheel: bool) -> list[Check]:
    """Every check but pytest, quick ones first."""
    return [
        *_lint(layout),
        *_templates(layout),
        *_drift(layout),
        *_types(layout),
        _front_end(layout, wheel=wheel),
    ]


def run_all(checks: list[Check], layout: Layout, console: Console) -> list[str]:
    """Run them two at a time, report each when it is done, and return the names of those that failed."""
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda check: run_one(check, layout, console), checks)
        return [check.name for check, passed in zip(checks, results, strict=True) if not passed]


def run_one(check: Check, layout: Layout, console: Console) -> bool:
    """Run one and report it, with its output when it failed."""
    began = time.monotonic()
    log = layout.log / f"check-{check.name.replace(' ', '-')}.log"
    problem = ""
    try:
        processes.run(check.argv, env=check.env, log=log, cwd=check.cwd)
    except Failure as failure:
        problem = f"\n{failure}"
    took = time.monotonic() - began
    console.say(f"{'FAILED' if problem else 'passed'}  {check.name:<22}{took:6.1f} s{problem}")
    return not problem


def environ(layout: Layout) -> dict[str, str]:
    """The environment of checks and tests; the tools' caches stay in the data directory."""
    return layout.environ() | {
        "MYPY_CACHE_DIR": str(layout.cache / "mypy"),
        "RUFF_CACHE_DIR": str(layout.cache / "ruff"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(layout.cache / "hypothesis"),
    }


def _tool(layout: Layout, check: str, name: str, *arguments: str) -> Check:
    return Check(check, [str(layout.venv / "bin" / name), *arguments], environ(layout))


def _lint(layout: Layout) -> list[Check]:
    return [
        _tool(layout, "ruff", "ruff", "check", "."),
        _tool(layout, "ruff format", "ruff", "format", "--check", "."),
        _tool(layout, "layers", "lint-imports", "--no-cache"),
    ]


def _templates(layout: Layout) -> list[Check]:
    folders = [*ROOMS, FRONTEND / "pages", FRONTEND / "templates"]
    files = [str(path.relative_to(CHECKOUT)) for folder in folders for path in sorted(folder.rglob("*.html"))]
    if not files:
        return []
    return [
        _tool(layout, "djade", "djade", "--check", "--target-version", "5.2", *files),
        _tool(layout, "djlint", "djlint", "--lint", "--quiet", *files),
    ]


def _drift(layout: Layout) -> list[Check]:
    def manage(check: str, *arguments: str) -> Check:
        return Check(check, manage_command(layout, *arguments), environ(layout))

    lock = environment.command(layout, "lock", "--check")
    deployed = environ(layout) | {"BENCHSHARE_HTTPS": "1"}
    return [
        Check("lock file", lock, environment.environ(layout)),
        manage("migrations", "makemigrations", "--check", "--dry-run"),
        manage("openapi.json", "export_openapi", "--check"),
        manage("rules.md", "export_rules_docs", "--check"),
        manage("states.md", "export_states_docs", "--check"),
        manage("messages", "check_messages"),
        Check("deployment", manage_command(layout, "check", "--deploy", "--fail-level", "WARNING"), deployed),
    ]


def _types(layout: Layout) -> list[Check]:
    return [_tool(layout, "types", "mypy", ".")]


def _front_end(layout: Layout, *, wheel: bool) -> Check:
    return Check("front end", ["npm", "run", "check"], node.environ(layout, wheel=wheel), FRONTEND)
