"""Replays ordinary use and attacks from small scenario files, with time compressed, against counters and ladder."""
