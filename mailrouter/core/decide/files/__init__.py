"""Attached files, enclosed mails, pictures, and the secure page."""
