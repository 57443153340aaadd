"""What the sweeps did, how fast, and what they could not issue."""
