"""``python -m jobs`` goes through the same guarded doorway as ``eventstudy``."""

from eventstudy.__main__ import main

if __name__ == "__main__":
    main()
