"""Octets to parts and texts: header blocks, MIME, charsets, transfer encodings, HTML laid out as text (RFC 5322, 2045-2049)."""
