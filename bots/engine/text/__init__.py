"""Pure text: sentences for speech, Markdown and tag handling, words, languages. Nothing here knows a frame."""
