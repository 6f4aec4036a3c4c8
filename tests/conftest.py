"""Settings of every test: property tests have no deadline, because machines are shared and slow at times."""

from hypothesis import settings

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")
