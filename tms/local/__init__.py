"""What `make run` and `make test` need on a machine that has only Python: a PostgreSQL, a broker, and their keeper.

Nothing here is imported by the product, and nothing here imports Django.
"""
