"""What the fork server imports before it makes reading children: each then starts with all that reading needs, in
memory that they share, so that replacing one that a hostile mail killed takes milliseconds."""

from __future__ import annotations

import gc

from mailrouter.core.mail.wire.mailboxes import preload

preload()
gc.freeze()  # what is loaded stays: no collection shall copy its pages into every child
