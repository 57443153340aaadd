"""The ground under every app: what keeps the product at work, and knows of no person, badge or course."""
