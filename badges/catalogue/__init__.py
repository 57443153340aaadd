"""A badge as such: who may use it, its picture, and what follows when it is saved or deleted. Knows of nobody who holds it."""
