"""What metrics writes: evaluations of weeks, disputes of single sessions, and the check of spam marks."""
