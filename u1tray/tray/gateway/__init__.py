"""The bus as events and commands; what the mind hears and what it asks."""
