"""Providers of badges: the protocol and its implementations."""
