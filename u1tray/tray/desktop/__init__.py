"""The desktop around the indicator: what it starts, opens and activates."""
