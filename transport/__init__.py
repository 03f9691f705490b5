"""The door: WebSocket, HTTP, chat page and command line."""
