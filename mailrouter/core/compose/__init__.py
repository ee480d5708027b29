"""A decision's sends, made into final bytes: one OutboundMail per Send, in order, without looking at anything else."""
