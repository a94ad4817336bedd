"""The client for asyncio programs: the sync daemon and the Credentials service."""
