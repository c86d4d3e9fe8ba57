"""The web chat: a page, a WebSocket, and pushes to whoever has it open."""
