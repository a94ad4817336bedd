"""The cloud as the sync engine needs it: volumes over REST, and news of them."""
