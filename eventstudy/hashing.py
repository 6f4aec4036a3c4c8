"""Names by content: the SHA-256 of whatever JSON can say."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any


def content_hash(content: Any) -> str:  # noqa: ANN401  (anything that JSON can say)
    """Return the SHA-256 of a JSON-able value, independent of key order.

    Parameters
    ----------
    content : object
        Dicts, lists, numbers, strings; dates are written in ISO form.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_iso)
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
