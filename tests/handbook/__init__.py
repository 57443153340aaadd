"""The pictures of docs/handbook: `make screenshots`."""
