"""Where the server listens, and the certificate it listens with."""
