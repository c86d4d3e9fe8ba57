"""Pages and addresses outside any chat."""
