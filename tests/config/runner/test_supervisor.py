"""Children that die are started again, and all are stopped in order."""

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.runner import host
from config.runner import supervisor as module
from config.runner.children import Child, Recipe, rotate
from config.runner.console import Console
from config.runner.failures import Failure
from config.runner.layout import Layout
from config.runner.supervisor import Supervisor

Eventually = Callable[[Callable[[], object]], bool]
PATIENT = "import time; print('here', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + PATIENT


def recipe(layout: Layout, name: str, code: str) -> Recipe:
    return Recipe(
        name=name,
        argv=[sys.executable, "-c", code],
        env=layout.environ(),
        log=layout.log / f"{name}.log",
        patience=5,
    )


def looking(supervise: Supervisor, condition: Callable[[], object]) -> Callable[[], object]:
    """The condition, after one more round of the supervisor."""

    def look() -> object:
        supervise.look()
        return condition()

    return look


@pytest.fixture
def supervise(layout: Layout, console: Console, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    supervise = Supervisor(console, layout.state / "children")
    yield supervise
    supervise.stop()


def test_look__child_killed__started_again_after_recovery(
    supervise: Supervisor, layout: Layout, console: Console, eventually: Eventually
) -> None:
    recovered: list[bool] = []
    child = Child(replace(recipe(layout, "web-1", PATIENT), recover=lambda: recovered.append(True)), console)
    supervise.start(child)
    first = child.pid
    assert first
    host.send(first, host.KILL)
    assert eventually(looking(supervise, lambda: child.pid != first))
    assert child.exit_code() is None
    assert recovered == [True]


def test_look__keeps_dying_before_the_product_answered__hopeless(
    supervise: Supervisor, layout: Layout, console: Console, eventually: Eventually
) -> None:
    supervise.start(Child(recipe(layout, "worker", "raise SystemExit(3)"), console))
    with pytest.raises(Failure, match=r"worker ended 5 times in a row; see .*worker\.log"):
        eventually(supervise.look)


def test_look__keeps_dying_later__tried_on(
    supervise: Supervisor, layout: Layout, console: Console, eventually: Eventually
) -> None:
    marks = layout.home / "marks"
    child = Child(recipe(layout, "worker", f"open({str(marks)!r}, 'a').write('x')"), console)
    supervise.answering = True
    supervise.start(child)
    assert eventually(looking(supervise, lambda: marks.exists() and len(marks.read_text()) > 5))


def test_stop__several__younger_kinds_first(layout: Layout, console: Console, eventually: Eventually) -> None:
    order = layout.home / "order"
    supervise = Supervisor(console, layout.state / "children")
    for name in ("postgres", "worker", "web-1", "web-2"):
        code = (
            "import signal, sys, time\n"
            f"def stop(*_):\n    open({str(order)!r}, 'a').write('{name} '); sys.exit()\n"
            "signal.signal(signal.SIGTERM, stop); print('here', flush=True); time.sleep(60)"
        )
        supervise.start(Child(recipe(layout, name, code), console))
    logs = [layout.log / f"{name}.log" for name in ("postgres", "worker", "web-1", "web-2")]
    assert eventually(lambda: all(log.exists() and "here" in log.read_text() for log in logs))
    supervise.stop()
    names = order.read_text().split()
    assert {*names[:2]} == {"web-1", "web-2"}
    assert names[2:] == ["worker", "postgres"]
    assert not (layout.state / "children").exists()


def test_stop__child_ignores_the_signal__killed_within_its_patience(
    layout: Layout, console: Console, eventually: Eventually
) -> None:
    child = Child(replace(recipe(layout, "web-1", STUBBORN), patience=0.2), console)
    child.start()
    assert eventually(lambda: (layout.log / "web-1.log").exists() and (layout.log / "web-1.log").read_text())
    pid = child.pid
    child.stop()
    assert pid
    assert host.process_token(pid) is None


def test_child__output__prefixed_on_the_terminal_and_in_its_log(
    layout: Layout, capsys: pytest.CaptureFixture[str], eventually: Eventually
) -> None:
    child = Child(recipe(layout, "web-1", "print('one'); print('two')"), Console())
    child.start()
    assert eventually(lambda: child.exit_code() is not None)
    child.stop()
    assert capsys.readouterr().out.splitlines() == ["   web-1 | one", "   web-1 | two"]
    assert (layout.log / "web-1.log").read_text() == "one\ntwo\n"


def test_child__started_by_a_thread_that_ends__ends_with_it(
    layout: Layout, console: Console, eventually: Eventually
) -> None:
    """Why children are started from the main thread: Linux ties the death signal to the thread."""
    child = Child(recipe(layout, "web-1", PATIENT), console)
    log = layout.log / "web-1.log"

    def start_and_end() -> None:
        child.start()
        eventually(lambda: log.exists() and log.read_text())

    thread = threading.Thread(target=start_and_end)
    thread.start()
    thread.join()
    assert eventually(lambda: child.exit_code() is not None)


def test_rotate__large_log__one_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.runner.children.ROTATE_BYTES", 3)
    log = tmp_path / "web.log"
    log.write_text("long")
    rotate(log)
    rotate(log)
    assert [path.name for path in tmp_path.iterdir()] == ["web.log.1"]
