"""The page on which administrators edit an organization's brand, and the sheet that colours pages with it."""
