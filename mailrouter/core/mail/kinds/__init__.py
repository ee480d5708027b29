"""Whose mail it is: a person's, or which machine's: absences, delivery reports, lists, receipts (RFC 3834, 3464, 8098)."""
