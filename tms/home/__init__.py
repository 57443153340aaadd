"""What waits for a person on the home page: classes to teach, badges and sweeps to administer, rewards to enjoy."""
