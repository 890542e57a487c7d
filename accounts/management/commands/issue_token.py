"""manage.py issue_token <email> [--scopes read,book,manage,review] [--days N]: print a new API token."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.commands.issue_token import issue_token
from accounts.models import Scope, User
from core import clock


class Command(BaseCommand):
    help = "Print a new API token for a user; it is shown once and stored hashed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--scopes", default="read,book,manage,review", help="comma-separated")
        parser.add_argument("--days", type=int, default=None, help="valid for so many days (default: no expiry)")
        parser.add_argument("--name", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist:
            raise CommandError(f"There is no user with the address {options['email']}.") from None
        try:
            scopes = [Scope(name.strip()) for name in options["scopes"].split(",") if name.strip()]
        except ValueError as error:
            raise CommandError(f"{error}: choose from {', '.join(Scope.values)}.") from None
        expires_at = clock.now() + timedelta(days=options["days"]) if options["days"] else None
        _record, token = issue_token(user=user, name=options["name"], scopes=scopes, expires_at=expires_at)
        self.stdout.write(token)
