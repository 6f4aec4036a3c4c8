"""One file a schema version, numbered; a file that was released is never edited."""
