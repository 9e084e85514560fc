"""Setting up: from a config and a plan to filled columns. Runs once, before the first tick."""
