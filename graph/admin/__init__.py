"""Administrative use cases behind CLI, REST and MCP."""
