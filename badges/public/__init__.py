"""What the world sees of an issued badge: what its holder lets it know, how it is shared, and whether it is good."""
