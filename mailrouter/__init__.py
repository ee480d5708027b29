"""mailrouter: an e-mail-native case router."""
