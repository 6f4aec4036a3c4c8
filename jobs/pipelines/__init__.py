"""The service's verbs, one a file; run is all of them in a row."""
