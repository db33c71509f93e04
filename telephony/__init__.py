"""Telephone numbers, carriers and their media streams."""
