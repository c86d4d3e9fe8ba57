"""The schema's history: one file for each change, in ``versions``."""
