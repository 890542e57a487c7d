"""Management commands speak the language of the shell they are typed into."""

import os
from collections.abc import Mapping
from typing import Final

from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand
from django.utils import translation

SERVING: Final = frozenset({"procrastinate", "runserver"})
"""They work for others: their language is the platform's, or that of the person they write to."""

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first one that says something decides. Source: POSIX, Base Definitions, 8.2."""


class CommandLine(ManagementUtility):
    """Django's command line, in the language of the shell."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """The command, ready to run; by now the applications are loaded, which translations need."""
        language = shell_language(os.environ)
        if language and subcommand not in SERVING:
            translation.activate(language)
        return super().fetch_command(subcommand)


def shell_language(environ: Mapping[str, str]) -> str:
    """The language of an environment's locale as settings.LANGUAGES calls it; empty where it is neither.

    C and POSIX mean English.
    """
    locale = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    language = locale.partition(".")[0].partition("_")[0].lower()
    return {"en": "en", "c": "en", "posix": "en", "zh": "zh-hans"}.get(language, "")
