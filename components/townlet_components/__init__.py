"""What a town remembers: one struct of arrays per file."""
