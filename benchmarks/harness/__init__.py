"""What benchmarks share: real web processes, a lean load client, figures with their units, a scene."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
