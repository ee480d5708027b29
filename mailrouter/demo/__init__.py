"""The main job, played end to end with real SMTP over loopback: `mailrouter demo`."""
