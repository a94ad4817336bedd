"""Tests of volumes, nodes and contents."""
