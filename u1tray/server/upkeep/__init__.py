"""What a running server does by itself."""
