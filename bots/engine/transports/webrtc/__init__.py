"""Calls over WebRTC. Nothing here imports aiortc; the modules ``peer``, ``voice``, ``connection`` and ``transport`` do.

A host imports ``bots.engine.transports.webrtc.connection`` when the first offer arrives, so that servers without WebRTC
calls do not pay for it (spec/performance.md, point 7).
"""
