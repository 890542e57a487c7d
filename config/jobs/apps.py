from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Upkeep of the job queue itself."""

    name = "config.jobs"
    label = "jobs"
