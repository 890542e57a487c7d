from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """The demo province: invented institutions and firms, and what they book."""

    name = "config.demo"
    verbose_name = _("Demo province")
