"""The only room that has a provider issue or revoke anything: claims what is due, asks, writes what was answered, and hears the news."""
