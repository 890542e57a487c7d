"""Keeps the product's processes running, and ends them in order."""

import time
from dataclasses import dataclass
from pathlib import Path

from config.runner import leftovers
from config.runner.children import Child
from config.runner.console import Console
from config.runner.failures import Failure

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 10.0
STEADY_SECONDS = 20.0
"""A child that ran this long has recovered; its next restart comes quickly again."""
HOPELESS = 5
"""Deaths in a row, before the product ever answered, after which restarting is no use."""


@dataclass
class Post:
    """One child's place: who stands there, and when to try again after it fell."""

    child: Child
    falls: int = 0
    restart_at: float | None = None


class Supervisor:
    """Restarts children that die. Children added later are stopped earlier."""

    def __init__(self, console: Console, roster: Path) -> None:
        self.answering = False
        """Set once the product has answered; until then a child that keeps dying ends the run."""
        self._console = console
        self._roster = roster
        self._posts: list[Post] = []
        self._stopping = False

    def add(self, child: Child) -> None:
        """Watch a child that has been started."""
        self._posts.append(Post(child))
        self._note()

    def start(self, child: Child) -> None:
        """Start a child and watch it."""
        child.start()
        self.add(child)

    def watch(self, pause: float = 0.1) -> None:
        """Watch until an exception comes from outside. Raises: Failure when it is hopeless."""
        while not self._stopping:
            self.look()
            time.sleep(pause)

    def look(self) -> None:
        """One round: note who has fallen, restart who has waited long enough."""
        now = time.monotonic()
        for post in self._posts:
            if post.restart_at is None:
                self._notice_fall(post, now)
            elif now >= post.restart_at:
                self._restart(post)

    def stop(self) -> None:
        """End all: the youngest group of equals first and together, each within its patience."""
        self._stopping = True
        while self._posts:
            name = _kind(self._posts[-1])
            equals = [post for post in self._posts if _kind(post) == name]
            self._posts = [post for post in self._posts if _kind(post) != name]
            for post in equals:
                post.child.ask_to_stop()
            for post in equals:
                post.child.stop()
        self._roster.unlink(missing_ok=True)

    def _notice_fall(self, post: Post, now: float) -> None:
        code = post.child.exit_code()
        if code is None:
            return
        post.falls = 1 if now - post.child.started_at > STEADY_SECONDS else post.falls + 1
        name = post.child.recipe.name
        if post.falls >= HOPELESS and not self.answering:
            raise Failure(f"{name} ended {post.falls} times in a row; see {post.child.recipe.log}.")
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (post.falls - 1))
        post.restart_at = now + pause
        self._console.say(f"{name} ended {_reason(code)}; starting it again in {pause:.1f} s.")

    def _restart(self, post: Post) -> None:
        if recover := post.child.recipe.recover:
            recover()
        post.child.start()
        post.restart_at = None
        self._note()

    def _note(self) -> None:
        """For the next run.py, should this one be killed. A child with its own recovery is left to that."""
        children = [post.child for post in self._posts if not post.child.recipe.recover]
        leftovers.record(self._roster, [child.pid for child in children if child.pid])


def _kind(post: Post) -> str:
    """web-1 and web-2 are equals."""
    return post.child.recipe.name.partition("-")[0]


def _reason(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with code {code}"
