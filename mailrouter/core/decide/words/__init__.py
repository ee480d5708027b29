"""What a person's words say: commands, courtesies, notes, labelled lines. Decides nothing."""
