"""What is typed: worksheet functions, each declared once."""
