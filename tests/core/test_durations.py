"""Lengths of time in words."""

import pytest
from django.utils import translation

from core.durations import in_words


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (0, "0 minutes", "0 分钟"),
        (1, "1 minute", "1 分钟"),
        (60, "1 hour", "1 小时"),
        (90, "1 hour 30 minutes", "1 小时 30 分钟"),
        (2880, "48 hours", "48 小时"),
    ],
)
def test_in_words__hours_and_what_is_left__in_both_languages(minutes: int, english: str, chinese: str) -> None:
    with translation.override("en"):
        assert in_words(minutes) == english
    with translation.override("zh-hans"):
        assert in_words(minutes) == chinese
