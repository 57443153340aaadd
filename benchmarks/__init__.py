"""Measures the product on real and on large data, each figure beside the floor measured in the same run."""
