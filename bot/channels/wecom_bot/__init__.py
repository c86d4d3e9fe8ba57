"""WeCom's 智能机器人 over its WebSocket: no public address needed."""

CHANNEL = "wecom_bot"
