"""What is clicked: each run reads like a table of contents."""
