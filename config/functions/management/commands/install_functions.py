"""manage.py install_functions [--check]: the database's functions, compared with the files and put right."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.functions.rooms import files_of_rooms
from core import functions


class Command(BaseCommand):
    """`migrate` does this when a file changed; by hand it also finds what was changed in the database."""

    help = "Install the functions of the rooms' sql/ folders where the database has others."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail when functions differ")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        files = files_of_rooms()
        wrong = functions.differing(files)
        names = ", ".join(file.name for file in wrong)
        if check and wrong:
            raise CommandError(f"The database has other functions than {names}: run `manage.py install_functions`.")
        if wrong:
            functions.install(wrong, files)
        self.stdout.write(f"Installed {names}." if wrong else "The functions are those of the files.")
