"""What callers say, read into values: numbers, digits, dates, times, names, contacts, choices."""
