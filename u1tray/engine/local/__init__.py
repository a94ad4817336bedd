"""The local side on a real disk: looks at a folder, hears of its changes, and changes it."""
