"""The quota request through Qt, and which cloud is asked."""
