"""What conditions mean: text to terms (parsing), what counts (events), which is the n-th (numbering), and its three readings."""
