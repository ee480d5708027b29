"""What a text states: labelled lines, letters in prose, dates, identifiers and their check digits, the language."""
