"""Live connections: WebSocket sessions, server-sent events, subscriptions."""
