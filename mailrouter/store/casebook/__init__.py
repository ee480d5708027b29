"""The cases: what `decide` sees of them (view, gather) and how a decision becomes rows (apply, record)."""
