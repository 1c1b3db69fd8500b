"""Looking back: what was predicted at past closes against what became of the goods."""
