"""Who wrote, how it is proved, what is held until it is: strangers, challenges, floods, services, terms."""
