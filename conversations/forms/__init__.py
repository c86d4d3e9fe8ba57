"""Official forms as versioned data."""
