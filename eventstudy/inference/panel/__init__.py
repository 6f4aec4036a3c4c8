"""The tests of firms by days: every classical statistic on one event sample."""
