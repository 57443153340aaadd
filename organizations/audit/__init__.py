"""Keeps who did what, when, from where and on which row, so that nobody can change it afterwards."""
