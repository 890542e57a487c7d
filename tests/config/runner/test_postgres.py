"""The embedded server, a real one: it survives being killed and loses nothing."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from config.runner import host
from config.runner.children import Child
from config.runner.console import Console
from config.runner.failures import Failure
from config.runner.layout import Layout
from config.runner.postgres import Cluster
from config.runner.postgres_settings import command_line

Eventually = Callable[[Callable[[], object]], bool]


def query(cluster: Cluster, statement: str) -> str:
    with psycopg.connect(cluster.url_file.read_text().strip()) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


def test_cluster__started__as_decided(cluster: Cluster) -> None:
    assert cluster.create()
    cluster.start()
    assert cluster.running()
    lock = cluster.read_lock()
    assert lock
    assert lock.port < 32768
    assert query(cluster, "SHOW listen_addresses") == "127.0.0.1"
    assert (
        query(cluster, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'benchshare'")
        == "bC.UTF-8"
    )
    assert query(cluster, "SELECT left(rolpassword, 5) FROM pg_authid WHERE rolname = 'benchshare'") == "SCRAM"
    for name in ("database_url", "postgres_password"):
        assert stat.S_IMODE((cluster.layout.state / name).stat().st_mode) == 0o600
    wrong = cluster.url_file.read_text().strip().replace("benchshare:", "benchshare:x")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_cluster__stopped_and_started__data_and_port_kept(cluster: Cluster) -> None:
    cluster.create()
    child = cluster.start()
    url = cluster.url_file.read_text()
    query(cluster, "CREATE TABLE kept AS SELECT 7 AS seven")
    child.stop()
    assert not cluster.running()
    assert not cluster.create()
    cluster.start()
    assert cluster.url_file.read_text() == url
    assert query(cluster, "SELECT seven FROM kept") == "7"


def test_cluster__server_killed__starts_again_at_once_with_everything(cluster: Cluster) -> None:
    cluster.durable = True
    cluster.create()
    child = cluster.start()
    query(cluster, "CREATE TABLE kept AS SELECT 7 AS seven")
    connection = psycopg.connect(cluster.url_file.read_text().strip())  # a backend that outlives its postmaster
    assert child.pid
    host.send(child.pid, host.KILL)
    child.stop()
    cluster.start()
    connection.close()
    assert query(cluster, "SELECT seven FROM kept") == "7"


def test_ask__query__answer_or_nothing(cluster: Cluster) -> None:
    cluster.create()
    cluster.start()
    assert cluster.ask("SELECT 6 * 7") == "42"
    assert cluster.ask("SELECT count(*) FROM django_migrations") == ""


def test_recover__orphaned_server__stopped_cleanly(
    cluster: Cluster, layout: Layout, console: Console, binaries: Path
) -> None:
    cluster.create()
    child = cluster.start()
    Cluster(layout, binaries, console).recover()
    assert child.exit_code() == 0


def test_recover__number_in_the_lock_belongs_to_another_program__starts(cluster: Cluster) -> None:
    cluster.create()
    with subprocess.Popen(["sleep", "60"]) as other:
        (cluster.directory / "postmaster.pid").write_text(
            f"{other.pid}\n{cluster.directory}\n1\n5432\n\n\n\nready\n"
        )
        assert not cluster.running()
        cluster.start()
        assert other.poll() is None
        other.kill()


def test_start__last_port_taken__another(cluster: Cluster) -> None:
    cluster.create()
    port = host.free_port(None)
    (cluster.layout.state / "postgres_port").write_text(str(port))
    with host.open_listener("127.0.0.1", port):
        cluster.start()
    lock = cluster.read_lock()
    assert lock
    assert lock.port != port


def test_create__broken_off_before__made_anew(cluster: Cluster) -> None:
    fresh = cluster.layout.home / "postgres.new"
    fresh.mkdir()
    (fresh / "PG_VERSION").write_text("18")
    assert cluster.create()
    assert not fresh.exists()
    assert not (cluster.layout.home / "initdb.password").exists()


def test_create__files_of_another_version__says_so(cluster: Cluster) -> None:
    cluster.directory.mkdir()
    (cluster.directory / "PG_VERSION").write_text("11\n")
    with pytest.raises(Failure, match=r"was made by PostgreSQL 11 .* PG_BIN"):
        cluster.create()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_cluster__as_root_without_namespaces__runs_as_another_user(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cluster.identity = "set:65534.65534"
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == os.geteuid() and str(directory) != "/":
            monkeypatch.setattr(host, "unreachable_parent", lambda *_: None)
            directory.chmod(directory.stat().st_mode | stat.S_IXOTH)
    cluster.create()
    child = cluster.start()
    assert cluster.directory.stat().st_uid == 65534
    assert Path(f"/proc/{child.pid}").stat().st_uid == 65534


def test_settings__product__durable() -> None:
    words = command_line(port=20000)
    assert "fsync=on" in words
    assert "fsync=off" in command_line(port=20000, durable=False)


def test_child__of_a_cluster__is_supervised_with_its_recovery(cluster: Cluster) -> None:
    cluster.create()
    child: Child = cluster.start()
    assert child.recipe.recover == cluster.recover
    assert (child.recipe.stop_signal, child.recipe.harder_signal) == (
        host.FAST_SHUTDOWN,
        host.IMMEDIATE_SHUTDOWN,
    )
