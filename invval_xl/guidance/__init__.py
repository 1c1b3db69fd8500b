"""What the product knows in words: citations, the finding register, method notes, decisions."""
