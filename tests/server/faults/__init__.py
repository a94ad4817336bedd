"""What goes wrong on purpose: kills, noise, slow clients, and random work against a model."""
