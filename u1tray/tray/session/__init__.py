"""The life of the indicator in a session: one instance, its display, its bus, its endings."""
