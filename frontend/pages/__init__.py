"""Pages: thin views that parse, ask the rooms below and render."""
