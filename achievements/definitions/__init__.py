"""What an achievement says, in data and in words, how far it reaches, and what follows when it is changed."""
