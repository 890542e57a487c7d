"""A database's functions are those of the files, whatever it had before."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models.signals import post_migrate
from pytest_django import DjangoAssertNumQueries

from config.functions import rooms
from config.functions.apps import _after_migrate
from config.functions.rooms import bring_up_to_date, files_of_rooms
from core import functions
from core.functions import SqlFile

pytestmark = pytest.mark.django_db

FIRST = """
CREATE OR REPLACE FUNCTION test_one(p_a int) RETURNS int LANGUAGE sql AS $$ SELECT p_a $$;
CREATE OR REPLACE FUNCTION test_two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
DROP TRIGGER IF EXISTS test_trigger ON accounts_institution;
CREATE TRIGGER test_trigger AFTER INSERT OR UPDATE OF zone ON accounts_institution
    FOR EACH ROW EXECUTE FUNCTION test_two();
"""
OTHER_SIGNATURE = """
CREATE OR REPLACE FUNCTION test_one(p_b text, p_c int) RETURNS text LANGUAGE sql AS $$ SELECT test_later() $$;
CREATE OR REPLACE FUNCTION test_later() RETURNS text LANGUAGE sql AS $$ SELECT 'later' $$;
"""


def names(prefix: str = "test_") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid::regprocedure::text FROM pg_proc WHERE starts_with(proname, %s)", [prefix])
        return sorted(name for (name,) in cursor.fetchall())


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace one more file of a room; what the rooms really have stays."""
    real = files_of_rooms()

    def replace(text: str) -> None:
        more = [SqlFile("pricing/test.sql", text)] if text else []
        monkeypatch.setattr(rooms, "files_of_rooms", lambda: [*real, *more])

    return replace


def test_database__after_migrating__has_the_functions_of_the_files() -> None:
    call_command("install_functions", "--check", stdout=StringIO(), skip_checks=True)


def test_files__every_function_and_trigger_of_the_rooms__is_seen() -> None:
    files = {file.name: file for file in files_of_rooms()}
    assert {"calendars/claims.sql", "reservations/reservations.sql", "utilisation/daily_facts.sql"} <= files.keys()
    for file in files.values():
        assert file.text.count("FUNCTION ") >= len(file.functions) > 0, file.name
        assert file.text.count("CREATE TRIGGER") + file.text.count("CREATE CONSTRAINT") == len(file.triggers)
    assert ("claim_fits_reservation", "calendars_claim") in files["reservations/reservations.sql"].triggers


def test_migrate__nothing_changed__two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        assert bring_up_to_date() == []


def test_migrate__file_changed__its_functions_alone_are_installed(write: Callable[[str], None]) -> None:
    write(FIRST)
    assert (bring_up_to_date(), bring_up_to_date()) == (["pricing/test.sql"], [])
    assert names() == ["test_one(integer)", "test_two()"]


def test_migrate__other_signature__no_second_function_of_that_name(write: Callable[[str], None]) -> None:
    write("CREATE OR REPLACE FUNCTION test_one(p_a int) RETURNS int LANGUAGE sql AS $$ SELECT p_a $$;")
    bring_up_to_date()
    write(OTHER_SIGNATURE)
    bring_up_to_date()
    assert names() == ["test_later()", "test_one(text,integer)"]


def test_migrate__function_or_file_gone__dropped(write: Callable[[str], None]) -> None:
    write(OTHER_SIGNATURE)
    bring_up_to_date()
    write("CREATE OR REPLACE FUNCTION test_later() RETURNS text LANGUAGE sql AS $$ SELECT 'later' $$;")
    bring_up_to_date()
    assert names() == ["test_later()"]
    write("")
    bring_up_to_date()
    assert names() == []


def test_migrate__on_the_way_down__nothing_is_installed(write: Callable[[str], None]) -> None:
    write(FIRST)
    execute("DELETE FROM django_migrations WHERE app = 'pricing' AND name LIKE '0002%'")
    assert bring_up_to_date() == []
    assert names() == []


def test_removal__of_a_file__takes_all_it_made(write: Callable[[str], None]) -> None:
    execute(FIRST)
    execute(SqlFile("pricing/test.sql", FIRST).removal)
    assert names() == []


def test_migrate__database_from_before_the_record__installed_once() -> None:
    execute("DROP TABLE installed_sql")
    assert bring_up_to_date() == [file.name for file in files_of_rooms()]
    assert functions.differing(files_of_rooms()) == []


def test_check__function_changed_by_hand__named_and_put_right() -> None:
    execute("ALTER FUNCTION local_day VOLATILE")
    with pytest.raises(CommandError, match=r"utilisation/daily_facts\.sql"):
        call_command("install_functions", "--check", skip_checks=True)
    out = StringIO()
    call_command("install_functions", stdout=out, skip_checks=True)
    assert out.getvalue() == "Installed utilisation/daily_facts.sql.\n"
    assert functions.differing(files_of_rooms()) == []


def test_check__trigger_dropped_by_hand__named() -> None:
    execute("DROP TRIGGER claim_deleted_revises ON calendars_claim")
    assert [file.name for file in functions.differing(files_of_rooms())] == ["calendars/claims.sql"]


def test_migrate__really__tells_the_room_that_installs() -> None:
    receivers = [ref() if callable(ref) else ref for (_key, ref, *_rest) in post_migrate.receivers]
    assert _after_migrate in receivers


def test_files__read_from_disk__named_by_room(tmp_path: Path) -> None:
    path = tmp_path / "weather" / "sql" / "rain.sql"
    path.parent.mkdir(parents=True)
    path.write_text(FIRST, "utf-8")
    file = SqlFile.at(path)
    assert (file.name, file.functions) == ("weather/rain.sql", ["test_one", "test_two"])
    assert file.triggers == [("test_trigger", "accounts_institution")]
