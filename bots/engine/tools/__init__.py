"""Function calling: registrations, records with a state machine, and the runner that journals them."""
