"""The only room that finds earners and writes what they earned."""
