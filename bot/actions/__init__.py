"""All writes: one function, one verb, one transaction."""
