"""Which steps are skipped."""

from pathlib import Path

import pytest

from config.runner.console import Step
from config.runner.stamps import fingerprint, is_current, unless_current


def test_fingerprint__content_name_or_word_changes__differs(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("a")
    values = {fingerprint([one]), fingerprint([one], "word"), fingerprint([one, other])}
    one.write_text("b")
    values.add(fingerprint([one]))
    assert len(values) == 4


def test_unless_current__done_with_these_inputs__skipped(tmp_path: Path) -> None:
    done: list[str] = []
    for value in ("a", "a", "b"):
        unless_current(tmp_path / "stamp", value, Step(), lambda value=value: done.append(value))  # type: ignore[misc]
    assert done == ["a", "b"]


def test_unless_current__result_gone__done_again(tmp_path: Path) -> None:
    done: list[int] = []
    for _ in range(2):
        unless_current(tmp_path / "stamp", "a", Step(), lambda: done.append(1), intact=False)
    assert len(done) == 2


def test_unless_current__broken_off__not_current_even_for_the_old_inputs(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    unless_current(stamp, "old", Step(), lambda: None)

    def break_off() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unless_current(stamp, "new", Step(), break_off)
    assert not is_current(stamp, "old")
