"""The ground under every app: what keeps the product at work. It imports no other app, and knows rows of theirs by id alone."""
