"""The self-built WeCom app: its callback, and pushes to its members."""

CHANNEL = "wecom"
