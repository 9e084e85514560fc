"""Soaks: towns that run long or strangely, and are watched for anything that breaks."""
