"""The WeChat Official Account: callbacks in, pushes out."""
