"""Where the time of a tick and the bytes of a town go; ``townlet profile`` shows it."""
