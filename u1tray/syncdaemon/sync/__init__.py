"""Syncing: the engine with a real disk, a real cloud, and the faces that tell of it."""
