"""The one address of the rules: levels, eligibility, places."""
