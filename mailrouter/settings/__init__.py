"""The static configuration: mailrouter.yaml, overridden by MAILROUTER_<KEY> (double underscore for nesting)."""

from mailrouter.settings.environment import CONFIG_VARIABLE
from mailrouter.settings.load import STATIC_FILE, load_settings
from mailrouter.settings.model import Settings

__all__ = ["CONFIG_VARIABLE", "STATIC_FILE", "Settings", "load_settings"]
