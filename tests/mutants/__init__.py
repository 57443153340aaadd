"""`make mutants`: the product's weightiest modules are changed in hundreds of places, and each change must fail a test."""
