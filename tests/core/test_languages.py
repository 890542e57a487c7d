"""Which of two texts is shown, and the language it is said to be in."""

import pytest
from django.utils import translation

from core.languages import Text, chosen


@pytest.mark.parametrize(
    ("language", "zh", "en", "shown"),
    [
        ("zh-hans", "显微镜", "Microscope", Text("显微镜", "zh-Hans")),
        ("en", "显微镜", "Microscope", Text("Microscope", "en")),
        ("zh-hans", "", "Microscope", Text("Microscope", "en")),
        ("en", "显微镜", "", Text("显微镜", "zh-Hans")),
        ("en", "", "", Text("", "en")),
        ("zh-hans", "", "", Text("", "zh-Hans")),
    ],
)
def test_chosen__language_and_texts__own_language_first(language: str, zh: str, en: str, shown: Text) -> None:
    with translation.override(language):
        assert chosen(zh, en) == shown
