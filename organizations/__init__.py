"""Organizations and people: who belongs where, who may see and do what, and how everybody signs in."""
