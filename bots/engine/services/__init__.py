"""The processors around a vendor: they own timing, cancellation, errors and metrics, once."""
