"""Small files on disk: written whole or not at all, owned, and edited without loss."""
