"""Reads about telephones."""
