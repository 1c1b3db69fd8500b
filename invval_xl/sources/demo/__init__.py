"""The product's own generator of a retailer whose every event is known."""
