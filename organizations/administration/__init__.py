"""What every page of the administration shares: its reader finds and changes what is in reach."""
