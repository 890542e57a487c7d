import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from instruments.catalogue.commands.refresh_search import refresh_search
from instruments.catalogue.errors import ClassificationInvalid
from instruments.catalogue.models import Category, Instrument

FIRST_TWO_LEVELS = Path(__file__).resolve().parent.parent / "facts" / "categories.csv"
_COLUMNS = {"code", "name", "level", "parent"}


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One line of a classification. name_en empty: not known here, what is stored stays."""

    code: str
    name_zh: str
    name_en: str = ""

    @property
    def level(self) -> int:
        """LL0000 is 1, LLMM00 is 2, LLMMSS is 3."""
        return 1 if self.code.endswith("0000") else 2 if self.code.endswith("00") else 3

    @property
    def parent(self) -> str:
        """The code of the line above it, empty on the first level."""
        return self.code[: 2 * (self.level - 1)].ljust(6, "0") if self.level > 1 else ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did."""

    new: int
    changed: int
    unchanged: int


def load_categories(*, lines: Iterable[CategoryLine], scheme: str = "nrii") -> Loaded:
    """Put the lines of a classification into the catalogue, by their codes; loading twice changes nothing.

    Categories that no line names stay. Raises: ClassificationInvalid.
    """
    given = {line.code: line for line in lines}
    with transaction.atomic():
        stored = {category.code: category for category in Category.objects.select_for_update()}
        for line in given.values():
            if line.parent and line.parent not in given and line.parent not in stored:
                raise ClassificationInvalid(_("The parent of category %(code)s is missing.") % {"code": line.code})
        new = _created([line for code, line in sorted(given.items()) if code not in stored], stored, scheme)
        changed = [c for code, c in stored.items() if code in given and _differs(c, given[code])]
        Category.objects.bulk_update(changed, ["name_zh", "name_en"], batch_size=500)
        _refresh_instruments_in(changed)
    return Loaded(new=new, changed=len(changed), unchanged=len(given) - new - len(changed))


def load_first_two_levels() -> Loaded:
    """The national classification's 15 groups and 93 subgroups in both languages, from our own table."""
    return load_categories(lines=_first_two_levels())


def _first_two_levels() -> list[CategoryLine]:
    with FIRST_TWO_LEVELS.open(encoding="utf-8", newline="") as file:
        return [CategoryLine(**row) for row in csv.DictReader(file)]


def lines_of(path: Path) -> list[CategoryLine]:
    """The lines of a CSV file with the columns code, name, level and parent, with our English names.

    Raises: ClassificationInvalid when a column is missing, a code is not six digits, or level or parent
    contradict the code.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := _COLUMNS - set(reader.fieldnames or ()):
                names = ", ".join(sorted(missing))
                raise ClassificationInvalid(_("These columns are missing: %(names)s.") % {"names": names})
            english = {(line.code, line.name_zh): line.name_en for line in _first_two_levels()}
            return [_line(number, row, english) for number, row in enumerate(reader, start=2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ClassificationInvalid(_("The file is not a CSV table in UTF-8.")) from error


def _line(number: int, row: dict[str, str], english: dict[tuple[str, str], str]) -> CategoryLine:
    code, name = (row["code"] or "").strip(), (row["name"] or "").strip()
    if len(code) != 6 or not code.isdecimal() or not code.isascii() or not name:
        raise ClassificationInvalid(
            _("Line %(number)d needs a code of six digits and a name.") % {"number": number}
        )
    line = CategoryLine(code, name, english.get((code, name), ""))
    if (row["level"] or "").strip() != str(line.level) or (row["parent"] or "").strip() != line.parent:
        raise ClassificationInvalid(
            _("In line %(number)d the level or parent contradicts the code.") % {"number": number}
        )
    return line


def _created(lines: list[CategoryLine], stored: dict[str, Category], scheme: str) -> int:
    known = dict(stored)
    for level in (1, 2, 3):
        categories = [
            Category(
                code=line.code,
                name_zh=line.name_zh,
                name_en=line.name_en,
                level=level,
                parent=known.get(line.parent),
                scheme=scheme,
            )
            for line in lines
            if line.level == level
        ]
        known.update((category.code, category) for category in Category.objects.bulk_create(categories))
    return len(lines)


def _differs(category: Category, line: CategoryLine) -> bool:
    """Whether the line says something else; takes over what it says."""
    name_en = line.name_en or category.name_en
    if (category.name_zh, category.name_en) == (line.name_zh, name_en):
        return False
    category.name_zh, category.name_en = line.name_zh, name_en
    return True


def _refresh_instruments_in(categories: list[Category]) -> None:
    if categories:
        codes = "|".join(category.significant for category in categories)
        affected = Instrument.objects.filter(category__code__regex=f"^({codes})")
        refresh_search(instrument_ids=list(affected.values_list("pk", flat=True)))
