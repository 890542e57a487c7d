"""The admin app with this project's site."""

from django.contrib.admin.apps import AdminConfig


class BenchshareAdminConfig(AdminConfig):
    """Makes BenchshareAdminSite the default site."""

    default_site = "config.admin_site.BenchshareAdminSite"
