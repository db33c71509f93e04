"""What programs ask: place a call, see how it stands."""
