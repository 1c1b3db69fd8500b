"""Papers described as data: what stands where and why; a host strokes them onto sheets."""
