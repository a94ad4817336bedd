"""The cloud: pure rules, and the running server over raw HTTP."""
