"""What browsers and programs reach: each view parses, calls one action or selector, and answers."""
