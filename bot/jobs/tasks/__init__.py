"""The kinds of slow work, one module each; ``registry`` puts them together."""
