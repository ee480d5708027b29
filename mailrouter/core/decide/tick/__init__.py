"""What becomes due: reminders, escalations, absences, the ends that silence brings."""
