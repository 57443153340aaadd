"""What operators see of the product: health, figures, logs, reports of errors."""
