"""Many files at once: trees compared, what differs carried by several threads, told as it goes."""
