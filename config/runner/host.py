"""The operating system: every call that differs between platforms is in this module, and only here.

It is also a program. `python host.py PARENT SIGNAL IDENTITY COMMAND…` prepares a process (dies with its
parent, drops root) and becomes COMMAND. A program rather than `preexec_fn`, because the supervisor has
threads and Python must not run between fork and exec then. So: no imports from this project here.
"""

import contextlib
import ctypes
import errno
import fcntl
import itertools
import os
import pwd
import random
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
EPHEMERAL_PORTS_START = 32768
"""Where Linux begins to hand out client ports; a server below it can't lose its port to a client."""

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
"""What to listen on for all addresses of the machine."""

STOP = signal.SIGTERM
KILL = signal.SIGKILL
FAST_SHUTDOWN = signal.SIGINT
"""To a postmaster: roll back what is open, write everything, end."""
IMMEDIATE_SHUTDOWN = signal.SIGQUIT
"""To a postmaster: end now; the next start replays the log."""


# --- becoming a child -----------------------------------------------------------------------------


def launch_command(argv: list[str], *, death_signal: int, identity: str = "-") -> list[str]:
    """The command line that runs argv so that it gets death_signal when the calling thread ends."""
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*launcher, str(os.getpid()), str(int(death_signal)), identity, *argv]


def launch(parent: int, death_signal: int, identity: str, argv: list[str]) -> None:
    """Become argv: first the identity (changing it clears the death signal), then the signal."""
    kind, _, numbers = identity.partition(":")
    if kind == "map":
        _enter_user_namespace(int(numbers))
    elif kind == "set":
        uid, gid = (int(number) for number in numbers.split("."))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if LINUX:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # it ended before the signal was armed
        sys.exit(125)
    if "LISTEN_FDS" in os.environ:  # systemd's protocol for inherited sockets wants to know whose they are
        os.environ["LISTEN_PID"] = str(os.getpid())
    os.execvp(argv[0], argv)  # noqa: S606 - becoming the command is the purpose


def _enter_user_namespace(uid: int) -> None:
    """Appear as uid, while files keep belonging to root: what `unshare --user --map-user` does."""
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(126)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{uid} {group} 1")


# --- whom PostgreSQL runs as ----------------------------------------------------------------------


def unprivileged_identity(directory: Path) -> str:
    """How to run a server that refuses root: "-" as we are, "map:…" in a namespace, "set:…" as another user.

    directory: where its files are or will be. Files that already belong to another user decide.
    """
    if os.geteuid() != 0:
        return "-"
    owner = directory.stat().st_uid if directory.exists() else 0
    if owner:
        return f"set:{owner}.{directory.stat().st_gid}"
    nobody = _ordinary_user()
    mapped = f"map:{nobody.pw_uid}"
    probe = [sys.executable, "-I", "-S", "-c", ""]
    command = launch_command(probe, death_signal=KILL, identity=mapped)
    if LINUX and subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return mapped
    return f"set:{nobody.pw_uid}.{nobody.pw_gid}"


def _ordinary_user() -> pwd.struct_passwd:
    """Any user that isn't root; initdb insists that it has a name."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("nobody")
    return next(entry for entry in pwd.getpwall() if entry.pw_uid)


def hand_over(path: Path, identity: str) -> None:
    """Make path belong to the user that identity switches to; nothing to do for the other kinds."""
    if identity.startswith("set:"):
        uid, gid = (int(number) for number in identity[4:].split("."))
        os.chown(path, uid, gid)


def unreachable_parent(path: Path, identity: str) -> Path | None:
    """The first directory above path that the other user may not enter, if there is one."""
    if not identity.startswith("set:"):
        return None
    for parent in reversed(path.resolve().parents):
        if parent.exists() and not parent.stat().st_mode & stat.S_IXOTH:
            return parent
    return None


# --- processes ------------------------------------------------------------------------------------


def process_token(pid: int) -> str | None:
    """Its start time, which tells it from a later process of the same number; None when it has ended."""
    if not LINUX:
        return "alive" if _answers(pid) else None
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = text.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else fields[18]


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def processes_in(directory: Path, program: str) -> list[int]:
    """Processes of that program whose working directory it is: a PostgreSQL server and its backends."""
    found = []
    for entry in Path("/proc").iterdir() if LINUX else ():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == directory and (entry / "comm").read_text().strip() == program:
                    found.append(int(entry.name))
    return found


def send(pid: int, number: int) -> None:
    """Signal one process; one that has ended is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def send_group(pid: int, number: int) -> None:
    """Signal a process and what it started (every child leads its own group)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


# --- files, memory, sockets -----------------------------------------------------------------------


def try_lock(descriptor: int) -> bool:
    """Take an exclusive lock that ends with this process, however it ends. False when another holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int) -> None:
    """Like try_lock, waiting for it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def trusted_certificates() -> dict[str, str]:
    """Variables that make pip, uv and npm trust what the machine trusts, which may be more than they bring."""
    import ssl  # here, because every launched process would pay for it above

    file = Path(ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt")
    if not file.is_file():
        return {}
    return {"PIP_CERT": str(file), "UV_SYSTEM_CERTS": "1", "NODE_EXTRA_CA_CERTS": str(file)}


def open_listener(host: str, port: int) -> socket.socket:
    """The listening socket that all web processes inherit. Raises OSError, EADDRINUSE for a busy port."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def own_names() -> list[str]:
    """The names and addresses by which others on the network call this machine; none is looked up in the DNS."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return list(dict.fromkeys(each for each in (name, short, f"{short}.local", *_own_addresses(name)) if each))


def _own_addresses(name: str) -> list[str]:
    """Of every network interface where the kernel tells, else those its name stands for."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/net/fib_trie").read_text().splitlines()
        found = [before.split()[-1] for before, line in itertools.pairwise(lines) if "/32 host LOCAL" in line]
        with contextlib.suppress(FileNotFoundError):  # a kernel without IPv6
            packed = [line[:32] for line in Path("/proc/net/if_inet6").read_text().splitlines()]
            found += [socket.inet_ntop(socket.AF_INET6, bytes.fromhex(each)) for each in packed]
        return found
    with contextlib.suppress(OSError):
        return [str(entry[4][0]) for entry in socket.getaddrinfo(name, None)]
    return []


def is_busy(error: OSError) -> bool:
    """Whether a listener failed because somebody else has the port."""
    return error.errno == errno.EADDRINUSE


def free_port(preferred: int | None) -> int:
    """A loopback port nobody listens on, below the range from which clients get theirs."""
    candidates = [preferred] if preferred else []
    candidates += random.sample(range(15000, EPHEMERAL_PORTS_START), 50)
    for port in candidates:
        with contextlib.suppress(OSError), contextlib.closing(open_listener("127.0.0.1", port)):
            return port
    raise OSError(errno.EADDRINUSE, "no free port between 15000 and 32767")


if __name__ == "__main__":
    launch(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
