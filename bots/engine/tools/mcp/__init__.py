"""Tools of MCP servers: listed, allowed by name, called with deadlines (MCP-01…03)."""
