"""The service: who is talking, where, and may they."""
