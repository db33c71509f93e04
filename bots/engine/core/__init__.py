"""Processors, pipelines and the task that supervises a call."""
