"""Running the jobs that a test's commands have left, as the worker would."""

from typing import Any

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob


def run_jobs(*names: str) -> int:
    """Run the waiting jobs of these names, oldest first, each once more than it needs to; returns how many."""
    jobs: list[tuple[str, dict[str, Any]]] = list(
        ProcrastinateJob.objects.filter(task_name__in=names).order_by("pk").values_list("task_name", "args")
    )
    for name, arguments in jobs * 2:
        app.tasks[name](**arguments)
    return len(jobs)
