"""Figures: every one by a name that carries its unit; repeats give minimum, median and maximum."""

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path


class Figures:
    """Collects, prints and saves what was measured."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, float]] = {}

    def add(self, name: str, samples: Sequence[float]) -> None:
        """name ends in its unit: _per_s, _ms, _ratio, _count."""
        self._values[name] = {
            "median": statistics.median(samples),
            "min": min(samples),
            "max": max(samples),
            "repeats": len(samples),
        }
        row = self._values[name]
        print(f"  {name:<36} {row['median']:>12.2f}   ({row['min']:.2f} … {row['max']:.2f}, {len(samples)}×)")

    def median(self, name: str) -> float:
        return self._values[name]["median"]

    def take(self, values: dict[str, dict[str, float]]) -> None:
        """Figures that another process measured and printed."""
        self._values |= values

    def save(self, path: Path | None) -> None:
        if path is not None:
            path.write_text(json.dumps(self._values, indent=2) + "\n")


def main(measure: Callable[[Figures, argparse.Namespace], None], description: str) -> None:
    """Run a benchmark as a command."""
    options = arguments(description).parse_args()
    figures = Figures()
    print(description)
    measure(figures, options)
    figures.save(options.json)


def arguments(description: str) -> argparse.ArgumentParser:
    """What every benchmark takes: --json FILE, --repeats N, --seconds N."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, default=None, help="write every figure here")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one repeat")
    return parser


def percentile(samples: Sequence[float], share: float) -> float:
    """The value below which this share of the samples lies."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
