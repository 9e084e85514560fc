"""What happens in a tick: one behaviour per file, kernel first, then the system."""
