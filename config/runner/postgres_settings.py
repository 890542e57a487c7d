"""How the embedded server is tuned: for one machine that also runs the web processes."""

import shutil
from pathlib import Path

from config.runner import host

MEGABYTE = 1 << 20
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only its size is read


def command_line(*, port: int, durable: bool = True) -> list[str]:
    """The server's settings as its arguments, so that a new version of the product applies its own."""
    settings = _fixed(port) | _by_memory(host.memory_bytes() // MEGABYTE) | _shared_memory()
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _fixed(port: int) -> dict[str, str]:
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "fsync": "on",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "work_mem": "16MB",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than these short queries
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A refused double booking is an ERROR to the server and daily business to the product, which
        # reports what it can't handle itself.
        "log_min_messages": "log",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }


def _by_memory(megabytes: int) -> dict[str, str]:
    return {
        "shared_buffers": f"{max(128, min(2048, megabytes // 8))}MB",
        "effective_cache_size": f"{max(256, megabytes // 2)}MB",
        "maintenance_work_mem": f"{max(64, min(512, megabytes // 32))}MB",
    }


def _shared_memory() -> dict[str, str]:
    """Containers often have 64 MB of /dev/shm, and a parallel index build wants more."""
    roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > 512 * MEGABYTE
    return {} if roomy else {"dynamic_shared_memory_type": "mmap"}
