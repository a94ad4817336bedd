"""Bytes of uploads that are resumed: one module a kind of store, one protocol for all."""
