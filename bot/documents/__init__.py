"""Official forms, charts and tables as files."""
