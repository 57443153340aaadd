"""The condition language: text to terms (parsing), ids within reach (reach), terms to SQL (sql)."""
