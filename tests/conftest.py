"""Settings of every test.

Property tests have no deadline, because machines are shared and slow at times. The volatility engine is
compiled once before the workers start, instead of by each of them at the same time.
"""

import pytest
from hypothesis import settings

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


def pytest_sessionstart(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return
    from eventstudy.garch.compiled import cache_folder

    folder = cache_folder()
    if folder is not None and not any(folder.rglob("*.nbi")):
        from eventstudy.garch import warm_up

        warm_up()
