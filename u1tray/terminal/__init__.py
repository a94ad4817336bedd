"""What every command-line program of ours shares, whatever it talks to: its verbs and its end."""
