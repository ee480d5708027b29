"""The operators' YAML as one frozen Policy."""
