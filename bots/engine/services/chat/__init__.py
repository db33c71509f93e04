"""Any of our language models behind the interface of the LiveKit notes (LK-01…07): chat streams and functions with a
context. In a pipeline the processor itself is the better way in; this is for programs that want the model alone."""
