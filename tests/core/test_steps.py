"""Work in steps: one that fails keeps nobody from the others."""

import pytest

from core.steps import each_on_its_own


def test_each_on_its_own__one_fails__the_others_are_done_and_it_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    def work(number: int) -> int:
        done.append(6 // number)
        return 1

    with pytest.raises(ExceptionGroup) as raised:
        each_on_its_own(work, [1, 0, 2])
    assert (done, len(raised.value.exceptions), "0 failed" in caplog.text) == ([6, 3], 1, True)
    assert each_on_its_own(work, [1, 2]) == 2
