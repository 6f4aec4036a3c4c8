"""Machine code from Python functions: how the engine's kernels are compiled and kept.

Kernels are module-level functions on plain arrays, so that a compiled extension could take their place.
The compiler's own cache sees only the file of the kernel that is called, not those of the kernels that it
calls in turn; machine code is therefore kept in a folder named for the content of all of them.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numba
from numba.core import config, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A scalar or an array, real or (for exact derivatives by complex step) complex
Value: TypeAlias = Any
Function = TypeVar("Function", bound="Callable[..., object]")

# NaN and infinity must stay what they are: a trial outside the model's domain is told by them
_REASSOCIATING = {"reassoc", "contract", "arcp", "nsz", "afn"}
_FROZEN_INTO_KERNELS = {"compiled.py", "sample.py"}
_NOTICE_AFTER = 1.5
_ANNOUNCED = threading.Event()


def kernel(function: Function) -> Function:
    """Compile a function on first use and keep the machine code for later processes.

    Parameters
    ----------
    function : callable
        Module level, on scalars and arrays; the interpreter's lock is released while it runs.

    Returns
    -------
    callable
        The compiled function. Where no folder can be written, each process compiles anew.
    """
    folder = cache_folder()
    compiler: Any = numba.njit(
        cache=folder is not None, nogil=True, error_model="numpy", fastmath=_REASSOCIATING
    )
    settings: Any = config
    before, settings.CACHE_DIR = settings.CACHE_DIR, str(folder or "")
    try:
        return compiler(function)  # type: ignore[no-any-return]
    finally:
        settings.CACHE_DIR = before


def _first_writable(candidates: tuple[Path, ...]) -> Path | None:
    for folder in candidates:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def _digest() -> str:
    """Return a digest of everything that is compiled, or frozen into what is."""
    content = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_bytes()
        if b"@kernel" in text or path.name in _FROZEN_INTO_KERNELS:
            content.update(text)
    return content.hexdigest()[:16]


def _find_cache_folder() -> Path | None:
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return _first_writable((Path(named) / f"eventstudy-{_digest()}",))
    try:
        home = Path.home()
    except RuntimeError:
        return None
    root = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return _first_writable((root / "eventstudy" / f"engine-{_digest()}",))


_CACHE_FOLDER = _find_cache_folder()


def _mark_wide(typing_context: Value) -> Value:
    """Let the compiler use the widest vectors of the processor in the function that calls this.

    It prefers halves of them, for the sake of programs that use few; loops over lanes gain by the whole.
    """
    del typing_context

    def mark(context: Value, builder: Value, _signature: Value, _arguments: Value) -> Value:
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), mark


wide_vectors: Any = intrinsic(_mark_wide)


def cache_folder() -> Path | None:
    """Return where machine code is kept, or None where nothing can be written.

    Returns
    -------
    Path or None
        Inside ``NUMBA_CACHE_DIR`` where that is set, else the user's cache folder; named for the content of
        the engine's sources, so that no change of them meets old machine code.
    """
    return _CACHE_FOLDER


def processors() -> int:
    """Return how many processors there are."""
    return os.cpu_count() or 1


@contextmanager
def told_when_compiling(*kernels: Value) -> Iterator[None]:
    """Say on the error stream, once, that the engine is being compiled, if that takes noticeable time.

    Parameters
    ----------
    *kernels : compiled functions
        What is about to be called.
    """
    if _ANNOUNCED.is_set() or all(one.signatures for one in kernels):
        yield
        return
    timer = threading.Timer(_NOTICE_AFTER, _announce, kernels)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _announce(*kernels: Value) -> None:
    if _ANNOUNCED.is_set() or all(one.signatures for one in kernels):
        return  # machine code was kept from before; the time goes into the work itself
    _ANNOUNCED.set()
    where = "" if _CACHE_FOLDER else " (no cache folder can be written, so each process has to)"
    sys.stderr.write(f"eventstudy: compiling the volatility engine, once, under a minute{where} ...\n")
    sys.stderr.flush()
