"""manage.py export_rules_docs [--check]: write docs/rules.md from the registry of rules."""

from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from booking.reservations.rules.registry import Rule, all_rules

TARGET: Final = settings.BASE_DIR / "docs" / "rules.md"

_HEAD = """# Booking rules

Made from the registry by `manage.py export_rules_docs`; not edited by hand. A value is set per instrument,
group, institution or for the whole platform, for all tiers or one; the nearest level wins, within a level the
exact tier. All broken rules of a wish are reported together. Time rules speak of the instrument's own zone.

| code | what must hold | default | who may waive it | broken |
|---|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Write the page about booking rules to docs/rules.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            page = _HEAD + "".join(_row(rule) for rule in sorted(all_rules().values(), key=lambda rule: rule.code))
        if not options["check"]:
            TARGET.write_text(page, "utf-8")
        elif not TARGET.exists() or TARGET.read_text("utf-8") != page:
            raise CommandError("docs/rules.md is out of date: run `manage.py export_rules_docs`.")


def _row(rule: Rule) -> str:
    setting = rule.setting
    default = (
        "–" if setting is None else f"{'unlimited' if setting.default is None else setting.default} {setting.unit}"
    )
    waivable = ", ".join(role.value for role in rule.waivable_by) or "nobody"
    status = "409 slot_taken" if rule.blocks_time else "422 rules_violated"
    return f"| `{rule.code}` | {rule.meaning} | {default} | {waivable} | {status} |\n"
