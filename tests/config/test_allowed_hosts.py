"""Which names the product answers to."""

import pytest

from config import settings
from config.runner import host

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]


def allowed(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name in ("HOST", "ALLOWED_HOSTS"):
        monkeypatch.setenv(f"BENCHSHARE_{name}", variables.get(name.lower(), ""))
    return settings._allowed_hosts()


@pytest.mark.parametrize(
    ("variables", "more"),
    [
        ({}, []),
        ({"host": "127.0.0.1"}, []),
        ({"host": "192.0.2.7"}, ["192.0.2.7"]),
        ({"host": "2001:db8::7"}, ["[2001:db8::7]"]),
        ({"allowed_hosts": "a.example, .b.example,"}, ["a.example", ".b.example"]),
        ({"host": "::1", "allowed_hosts": "*"}, ["*"]),
    ],
)
def test_allowed_hosts__loopback_and_what_was_said(
    variables: dict[str, str], more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert allowed(monkeypatch, **variables) == [*LOOPBACK, *more]


@pytest.mark.parametrize("everywhere", host.EVERYWHERE)
def test_allowed_hosts__listening_everywhere__own_names_and_addresses(
    everywhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "own_names", lambda: ["bench", "192.0.2.7", "fd00::2"])
    assert allowed(monkeypatch, host=everywhere) == [*LOOPBACK, "bench", "192.0.2.7", "[fd00::2]"]


def test_own_names__this_machine__its_name_and_loopback_address() -> None:
    names = host.own_names()
    assert "127.0.0.1" in names
    assert all(names)
