"""Real parts for tests: homes, processes, buses, displays, panels, a replayed daemon."""
