"""Ctrl-C that waits for compiled code: an exception inside its calls would crash the process.

numba runs small Python functions while it unpacks and packs the arrays of a compiled call. An interrupt
raised in one of them is lost, turned into a ``SystemError``, or brings the process down; so there it is
put off until the call has returned.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_LATER = 0.02  # seconds; a person does not notice it, a compiled call has mostly ended
_COMPILED = f"{os.sep}numba{os.sep}"


def mind_compiled_code() -> None:
    """Have SIGINT raise KeyboardInterrupt in the main thread, but not inside compiled calls.

    A process that was told to ignore the signal goes on ignoring it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, now or as soon as the compiled call that a frame serves has returned.

    Parameters
    ----------
    number : int
        The signal, sent again later where it has to wait.
    frame : FrameType or None
        What Python was doing.

    Raises
    ------
    KeyboardInterrupt
        When no frame of the stack belongs to numba.
    """
    if not _serves_compiled_code(frame):
        raise KeyboardInterrupt
    again = threading.Timer(_LATER, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _serves_compiled_code(frame: FrameType | None) -> bool:
    while frame is not None:
        if _COMPILED in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
