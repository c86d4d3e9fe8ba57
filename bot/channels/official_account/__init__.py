"""The WeChat Official Account: callbacks in, pushes out."""

CHANNEL = "official_account"
