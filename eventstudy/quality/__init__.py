"""Data quality: what can be wrong with prices, found by pure rules and told as findings."""
