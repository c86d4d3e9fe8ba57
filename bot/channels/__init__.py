"""The platforms people talk on; adapters that do not know one another."""
