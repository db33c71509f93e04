"""Speed and memory, measured and printed; nothing here decides whether the suite passes."""
