"""A case comes to be: routing, completing, asking organisations, appending, asking again when a mailbox fails."""
