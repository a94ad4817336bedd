"""The words every room uses: plain values and names. Imports nothing of ours."""
