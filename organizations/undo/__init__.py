"""The page on which administrators say for how long what is issued by hand can be undone."""
