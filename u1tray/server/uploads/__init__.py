"""Resumable uploads (REST contract, 16.3; tus 1.0.0): what is promised, kept and committed."""
