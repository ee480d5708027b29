"""The case store: accept, record, settle."""
