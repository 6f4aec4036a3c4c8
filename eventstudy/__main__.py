"""The one doorway to the command line: it opens once `jobs` and `db` are known to be this service's own.

Both names are plain enough that a script, a folder or another distribution may bear them too, and Python
would run that one without a word. This is the only file of `eventstudy` that may know of `jobs`.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from eventstudy.errors import EventStudyError

_HOME = Path(__file__).resolve().parent.parent
_MARK = 'PART_OF = "eventstudy"'


class ForeignPackage(EventStudyError):
    """A name of this service that Python finds somewhere else, finds overwritten or does not find.

    Parameters
    ----------
    name : str
        ``jobs`` or ``db``.
    found : Path or None
        The file or folder that the name resolves to; None when there is none.
    """

    kind = "foreign_package"
    exit_code = 2

    def __init__(self, name: str, found: Path | None) -> None:
        self.name, self.found = name, found
        where = f"resolves to {found}, which is not part of" if found else "is missing from"
        super().__init__(f"the name '{name}' {where} this service", _remedy(found))


def _remedy(found: Path | None) -> str:
    if found is None or _HOME in found.parents:
        return "install eventstudy again, in an environment of its own"
    folder = found.parent.parent if found.name == "__init__.py" else found.parent
    if str(folder) in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        return f"take {folder} off PYTHONPATH"
    if folder == Path.cwd():
        return "run it from another folder, or as `python -P -m eventstudy`"
    return "install eventstudy in an environment of its own"


def _resolve(name: str) -> Path | None:
    """Return the file of a module or the folder of a plain folder that Python would import."""
    spec = find_spec(name)
    if spec is None:
        return None
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or [])
    return Path(places[0]).resolve() if places else None


def _insist_on_our_own(name: str) -> None:
    ours, found = (_HOME / name / "__init__.py").resolve(), _resolve(name)
    if found != ours or _MARK not in ours.read_text("utf-8", errors="replace").splitlines():
        raise ForeignPackage(name, found)


def main() -> None:
    """Run the command line, or exit with code 2 and one sentence where a name leads to foreign code."""
    try:
        for name in ("jobs", "db"):
            _insist_on_our_own(name)
    except ForeignPackage as error:
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps({"error": error.document()}) + "\n")
        sys.stderr.write(f"error: {error}.\n")
        raise SystemExit(error.exit_code) from None
    from jobs.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
