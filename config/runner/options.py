"""The command line, and the environment variable behind each of its options."""

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path

from config.runner.layout import CHECKOUT

SCALES = ("small", "province", "nation")
TRUE_WORDS = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    command: str
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    scale: str = "small"
    demo: bool = True
    web: int = 1
    deep: bool = False
    benchmark: str = ""
    json: Path | None = None
    arguments: list[str] = field(default_factory=list)


def parse(argv: list[str]) -> Options:
    """Options from argv and BENCHSHARE_… variables. Ends the program with code 2 where they make no sense."""
    known, unknown = _parser().parse_known_args(argv)
    values = vars(known)
    rest = [*values.pop("arguments", []), *unknown]
    if known.command == "up" and rest:
        _parser().error(f"up doesn't know {' '.join(rest)}")
    if "no_demo" in values:
        values["demo"] = not values.pop("no_demo")
    return Options(**values, arguments=rest)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description="Benchshare's one command.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="up | test | bench | manage")
    _add_up(_command(commands, "up", "start the product and keep it running"))
    test = _command(commands, "test", "run every check; further arguments go to pytest")
    test.add_argument("--deep", action="store_true", help="run the long forms")
    bench = _command(commands, "bench", "run one of benchmarks/; further arguments go to it")
    bench.add_argument("benchmark", metavar="NAME")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write every figure to FILE")
    manage = _command(commands, "manage", "run a management command")
    manage.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    default = os.environ.get("BENCHSHARE_DATA_DIR") or str(CHECKOUT / "var")
    parser.add_argument(
        "--data-dir", type=Path, default=default, help="everything the product writes (BENCHSHARE_DATA_DIR)"
    )
    return parser


def _add_up(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=_variable("HOST", "127.0.0.1"), help="BENCHSHARE_HOST")
    parser.add_argument("--port", type=_port, default=_variable("PORT", "8000"), help="BENCHSHARE_PORT")
    parser.add_argument(
        "--scale",
        type=_scale,
        default=_variable("SCALE", "small"),
        help="small, province or nation (BENCHSHARE_SCALE)",
    )
    parser.add_argument(
        "--no-demo",
        action="store_true",
        default=_variable("NO_DEMO", "").lower() in TRUE_WORDS,
        help="no demo data on first start (BENCHSHARE_NO_DEMO=1)",
    )
    parser.add_argument(
        "--web",
        type=_count,
        default=_variable("WEB", "1"),
        help="web processes on one socket (BENCHSHARE_WEB)",
    )


def _variable(name: str, default: str) -> str:
    """argparse applies an option's type to a default that is text: a bad variable is reported alike."""
    return os.environ.get(f"BENCHSHARE_{name}") or default


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port (1 to 65535)")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text} is not a number of web processes (1 to 64)")
    return int(text)


def _scale(text: str) -> str:
    if text not in SCALES:
        raise argparse.ArgumentTypeError(f"{text} is not one of {', '.join(SCALES)}")
    return text
