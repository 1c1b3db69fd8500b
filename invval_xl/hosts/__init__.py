"""The only rooms that know a spreadsheet."""
