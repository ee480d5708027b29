"""What is new in a text: quotes, forwards, signatures and footers told apart, everything kept."""
