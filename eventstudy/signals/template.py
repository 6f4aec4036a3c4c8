"""The smallest complete signal: copy it, fill it in, add one line to `SIGNALS`, add golden values.

This one says how far TOPIX moved at its last known close. It is no part of the table.
"""

from __future__ import annotations

from eventstudy.signals.base import Answer, CannotAnswer, Known, Signal


def answer(known: Known) -> Answer:
    """Answer from closes that were known; raise `CannotAnswer` where they do not suffice."""
    closes = known.closes["topix"]
    if len(closes) < 2:
        raise CannotAnswer("topix has a single close", "bring at least two")
    change = 100 * (float(closes.iloc[-1]) / float(closes.iloc[-2]) - 1)
    sentence = (
        f"TOPIX moved {change:+.2f} % to the close of {known.session('topix')}, one change with no error."
    )
    return Answer(change, sentence, {"change": change})


SIGNAL = Signal(id="topix_last_change", version="1", unit="per cent", series=("topix",), answer=answer)
