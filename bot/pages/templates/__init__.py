"""The pages' templates and their one style sheet."""
