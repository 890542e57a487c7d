"""The platform's own clock, where no instrument's clock applies."""

from typing import Final

PLATFORM_ZONE: Final = "Asia/Shanghai"
