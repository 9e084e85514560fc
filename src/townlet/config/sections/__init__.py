"""One module per section of a configuration file."""
