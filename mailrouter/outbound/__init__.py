"""The transports through which mail leaves: one Transport protocol."""
