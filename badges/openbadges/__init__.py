"""The product's own issuer of Open Badges 3.0: documents, keys, proofs, status lists, baked pictures, and our own check."""
