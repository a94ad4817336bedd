"""Tests of the change stream."""
