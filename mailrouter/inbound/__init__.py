"""The doors through which mail comes in."""
