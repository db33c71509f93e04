"""The edges of a pipeline: sound and messages in and out, paced by the clock."""
