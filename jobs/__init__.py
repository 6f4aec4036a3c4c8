"""The outside world: providers, pipelines, scheduler and command line."""

PART_OF = "eventstudy"
