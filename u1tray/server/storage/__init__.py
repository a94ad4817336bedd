"""What the cloud keeps: metadata in a database; contents beside it come with the nodes."""
