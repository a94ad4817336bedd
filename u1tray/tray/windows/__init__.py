"""The windows: each is imported and made when it is first shown, and tells what was chosen."""
