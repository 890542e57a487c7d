"""Where things are: the checkout, and everything that is written, which is the data directory."""

import os
from dataclasses import dataclass
from pathlib import Path

from config.runner import host

CHECKOUT = Path(__file__).resolve().parents[2]
FRONTEND = CHECKOUT / "frontend"


@dataclass(frozen=True)
class Layout:
    """The places inside a data directory.

    root: what all commands share (the environment, Node, caches).
    home: what one product instance owns: root itself for `up` and `manage`, a directory inside it for
    `test` and `bench`, so that neither can disturb a running `up`.
    """

    root: Path
    home: Path

    @classmethod
    def at(cls, data_dir: Path, instance: str = "") -> "Layout":
        """The layout of data_dir, its directories made. instance: "" for the product itself."""
        root = data_dir.expanduser().resolve()
        layout = cls(root=root, home=root / instance if instance else root)
        for directory in (layout.state, layout.shared_state, layout.log, layout.home / "media"):
            directory.mkdir(parents=True, exist_ok=True)
        return layout

    @property
    def venv(self) -> Path:
        return self.root / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def uv(self) -> Path:
        return self.root / "uv" / "bin" / "uv"

    @property
    def node(self) -> Path:
        return self.root / "node" / "bin"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def shared_state(self) -> Path:
        return self.root / "state"

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def assets(self) -> Path:
        return self.home / "assets"

    @property
    def static(self) -> Path:
        return self.home / "static"

    @property
    def locale(self) -> Path:
        return self.home / "locale"

    def environ(self) -> dict[str, str]:
        """The environment of every process of the product."""
        environ = host.trusted_certificates() | dict(os.environ)
        environ.pop("VIRTUAL_ENV", None)
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # it goes to the cache; without it each process takes 4 s more
        environ["BENCHSHARE_DATA_DIR"] = str(self.home)
        environ["BENCHSHARE_ASSETS"] = str(self.assets)
        environ["PATH"] = os.pathsep.join([str(self.venv / "bin"), environ.get("PATH", os.defpath)])
        environ["PYTHONUNBUFFERED"] = "1"
        environ["PYTHONPYCACHEPREFIX"] = str(self.cache / "pycache")
        return environ
