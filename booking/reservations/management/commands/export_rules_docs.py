"""manage.py export_rules_docs [--check]: write docs/rules.md from the registry of rules."""

from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from booking.reservations.policy_values import Section, Setting
from booking.reservations.process_settings import PROCESS_SETTINGS, ProcessSetting
from booking.reservations.rules.registry import Rule, all_rules

TARGET: Final = settings.BASE_DIR / "docs" / "rules.md"

_HEAD = """# Booking rules

Made from the registry by `manage.py export_rules_docs`; not edited by hand. A value is set per instrument,
group, institution or for the whole platform, for all tiers or one; the nearest level wins, within a level the
exact tier. All broken rules of a wish are reported together. Time rules speak of the instrument's own zone.

Values of processes are set and inherited in the same way, but refuse nothing by themselves: they have no waivers.
"""

_TABLE_HEAD = """
| code | what must hold, what is decided | default | who may waive it | broken |
|---|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Write the page about booking rules to docs/rules.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        page = rules_page()
        if not options["check"]:
            TARGET.write_text(page, "utf-8")
        elif not TARGET.exists() or TARGET.read_text("utf-8") != page:
            raise CommandError("docs/rules.md is out of date: run `manage.py export_rules_docs`.")


def rules_page() -> str:
    """Section by section, rules and then processes by code; in English, as all documents."""
    with translation.override("en"):
        return _HEAD + "".join(_section(section) for section in Section)


def _section(section: Section) -> str:
    rules = sorted((each for each in all_rules().values() if each.section == section), key=lambda each: each.code)
    processes = [each for _code, each in sorted(PROCESS_SETTINGS.items()) if each.section == section]
    rows = [*map(_row, rules), *map(_process_row, processes)]
    return f"\n## {section.label}\n{_TABLE_HEAD}{''.join(rows)}"


def _default(setting: Setting | None) -> str:
    if setting is None:
        return "–"
    if setting.choices:
        return str(dict(setting.choices)[setting.default or 0])
    return "unlimited" if setting.default is None else f"{setting.default} {setting.unit}"


def _process_row(each: ProcessSetting) -> str:
    return f"| `{each.code}` | {each.meaning} | {_default(each.setting)} | – | – |\n"


def _row(rule: Rule) -> str:
    default = _default(rule.setting)
    waivable = ", ".join(role.value for role in rule.waivable_by) or "nobody"
    status = "409 slot_taken" if rule.blocks_time else "422 rules_violated"
    return f"| `{rule.code}` | {rule.meaning} | {default} | {waivable} | {status} |\n"
