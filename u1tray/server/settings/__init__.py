"""The options of the server, from a file, the environment and the command line."""
