"""What aidants and agents do on a case, and what each of them is told."""
