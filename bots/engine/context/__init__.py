"""Pure conversation: messages, tools and what a model is sent. Nothing here knows a frame or a vendor's SDK."""
