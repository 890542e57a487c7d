"""`run.py bench NAME`: one benchmark, on a database of its own."""

from config.runner import processes
from config.runner.console import Console
from config.runner.failures import Refusal
from config.runner.layout import CHECKOUT
from config.runner.options import Options
from config.runner.preparation import Preparation, owned

STEPS = 7


def bench(options: Options) -> int:
    """Prepare as `up` does, with the development tools, in <data>/bench; run benchmarks/NAME.py there."""
    names = sorted(path.stem for path in (CHECKOUT / "benchmarks").glob("[a-z]*.py"))
    if options.benchmark not in names:
        raise Refusal(f"There is no benchmark {options.benchmark}; there are: {', '.join(names) or 'none'}.")
    console = Console(STEPS)
    with owned(options, "bench") as layout:
        preparation = Preparation(layout, console, frozenset({"dev"}))
        database = preparation.prepare(preparation.migrations)
        try:
            figures = ["--json", str(options.json.resolve())] if options.json else []
            command = [
                str(layout.python),
                "-m",
                f"benchmarks.{options.benchmark}",
                *figures,
                *options.arguments,
            ]
            return processes.run_here(command, env=layout.environ())
        finally:
            database.stop()
