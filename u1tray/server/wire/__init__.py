"""The rim to HTTP: requests and answers on aiohttp's wire. No rules of the contract in here."""
