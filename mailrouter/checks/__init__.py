"""Checks of a mail's origin and content: one Check protocol."""
