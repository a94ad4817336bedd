"""HTTP messages as plain values: target, request, response, refusal. No sockets here."""
