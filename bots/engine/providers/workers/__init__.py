"""Slim worker processes for engines that hold the interpreter lock, and a pool that keeps them warm."""
