"""``make play``: talk to the service from a terminal, as people on the platforms do."""
