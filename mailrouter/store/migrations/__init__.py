"""Alembic migrations, shipped in the package. `mailrouter db upgrade` and `run` apply them (store/schema.py)."""
