"""A warm process that forks a child a task: imports are paid once, and every child may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

ROOT = Path(__file__).parents[1]


class Zygote:
    """Runs functions of test modules in processes of their own, quickly.

    Parameters
    ----------
    *rehearsals : str
        ``module:function``, called without arguments before the first fork, so that every child finds warm
        what they make.
    """

    def __init__(self, *rehearsals: str) -> None:
        command = [sys.executable, "-m", "tests.zygote", *rehearsals]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *tasks: tuple[str, Sequence[Any]], kill_after: float | None = None) -> list[int]:
        """Run some tasks at the same time, each in a child, and return their exit codes in order.

        Parameters
        ----------
        *tasks : tuple of (str, sequence)
            ``module:function`` and its arguments, as JSON can say them.
        kill_after : float, optional
            Seconds after which children that still run are killed.

        Returns
        -------
        list of int
            As `subprocess` counts: minus the signal for a killed one.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([tasks, kill_after]) + "\n")
        self._process.stdin.flush()
        return list(json.loads(self._process.stdout.readline()))

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


def _function(target: str) -> Callable[..., int | None]:
    module, _, name = target.partition(":")
    found: Callable[..., int | None] = getattr(import_module(module), name)
    return found


def _fork(target: str, arguments: Sequence[Any]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        code = _function(target)(*arguments) or 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _end(children: list[int], kill_after: float | None) -> list[int]:
    if kill_after is not None:
        signal.sigtimedwait({signal.SIGCHLD}, kill_after)  # an early end ends the wait
        for child in children:
            os.kill(child, signal.SIGKILL)  # not yet waited for, so its number is still its own
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    while signal.SIGCHLD in signal.sigpending():
        signal.sigwait({signal.SIGCHLD})
    return codes


def serve(rehearsals: Sequence[str]) -> None:
    """Rehearse, then run what is asked for, until nobody asks any more."""
    for target in rehearsals:
        _function(target)()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for line in sys.stdin:
        tasks, kill_after = json.loads(line)
        children = [_fork(*task) for task in tasks]
        sys.stdout.write(json.dumps(_end(children, kill_after)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1:])
