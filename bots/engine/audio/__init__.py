"""Pure audio: PCM, resampling, G.711, WAV, levels, peaks and voice activity. Nothing here knows a frame or a socket."""
