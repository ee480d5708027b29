"""The two pure decisions: admit at RCPT, decide afterwards."""
