"""Forms of the pages: what a person sends, checked at the edge."""
