"""`manage.py check_messages`: fails on missing, fuzzy or left-over translations; `--write` updates the files."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from frontend import translations


class Command(BaseCommand):
    help = "Compare the catalogues in frontend/locale with the messages of the sources."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="bring the files in line with the sources")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = translations.sources()
        wrong = 0
        for path in translations.paths():
            if options["write"]:
                translations.update(path, wanted)
            wrong += self._report(path.parts[-3], translations.findings(path, wanted))
        if wrong:
            raise CommandError(f"{wrong} messages need attention.")
        self.stdout.write("All messages are translated.")

    def _report(self, language: str, found: translations.Findings) -> int:
        kinds = {
            "missing": found.missing,
            "fuzzy": found.fuzzy,
            "no longer in the sources": found.obsolete,
            "other placeholders than the source": found.wrong_placeholders,
        }
        for kind, names in kinds.items():
            for name in names:
                self.stderr.write(f"{language}: {kind}: {name}")
        return sum(map(len, kinds.values()))
