"""What people see and press: views, forms and columns. Decides nothing."""
