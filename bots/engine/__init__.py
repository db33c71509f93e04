"""The realtime engine: how a bot runs. It knows no web framework and no database."""
