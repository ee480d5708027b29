"""A decision's sends, made into final bytes: one OutboundMail per Send, in order, without looking at anything else."""

from mailrouter.core.compose.composing import compose
from mailrouter.core.compose.kit import Kit, loop_mark
from mailrouter.core.compose.template import Templates

__all__ = ["Kit", "Templates", "compose", "loop_mark"]
