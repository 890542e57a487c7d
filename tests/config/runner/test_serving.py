"""The command lines of the product's processes."""

import socket

import pytest

from config.runner import host, serving
from config.runner.layout import Layout


@pytest.mark.parametrize(("address", "endpoint"), [("127.0.0.1", "--fd"), ("::1", "--endpoint")])
def test_web__either_family__inherits_the_socket(layout: Layout, address: str, endpoint: str) -> None:
    with serving.open_socket(address, host.free_port(None)) as listener:
        recipe = serving.web(layout, 2, listener, {"LANG": "C"})
        assert recipe.name == "web-2"
        assert recipe.descriptors == (listener.fileno(),)
        assert endpoint in recipe.argv
        names = recipe.env.get("LISTEN_FDNAMES", "").split(":")
        if listener.family == socket.AF_INET6:
            assert names.index("web") + 3 == listener.fileno()
            assert len(names) == int(recipe.env["LISTEN_FDS"])


def test_worker__polls__and_does_not_listen(layout: Layout) -> None:
    argv = serving.worker(layout, {}).argv
    assert "--no-listen-notify" in argv
    assert argv[argv.index("--fetch-job-polling-interval") + 1] == "0.2"


def test_wait_until_healthy__nobody_answers__false_within_its_time() -> None:
    assert not serving.wait_until_healthy(f"http://127.0.0.1:{host.free_port(None)}/", seconds=0.2)
