"""Accounts: who may log in, their tokens and secrets, and how many guesses are allowed."""
