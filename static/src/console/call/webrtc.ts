/** The call over a peer connection; loaded only when used. */

import { SmallWebRTCTransport } from "@pipecat-ai/small-webrtc-transport";
import { CallMedia } from "../media/call-media.ts";
import type { Loudspeaker } from "../media/loudspeaker.ts";
import type { Microphone } from "../media/microphone.ts";
import { NoPathError, type Link } from "./link.ts";
import { reach } from "./start.ts";

const CONNECT_MS = 3000;
const ANSWER_MS = 5000;
const LOST_MS = 2500;

interface Hooks {
  readonly media: CallMedia;
  readonly onTrack: (track: MediaStreamTrack) => void;
  readonly onPeer: (peer: RTCPeerConnection) => void;
}

/** The SDK's transport with three seams: which track is sent, which peer is used, what is done when the path is lost. */
class PeerTransport extends SmallWebRTCTransport {
  declare getAudioTransceiver: () => RTCRtpTransceiver;
  peer: RTCPeerConnection | null = null;

  constructor(private readonly hooks: Hooks) {
    super({ mediaManager: hooks.media as never });
  }

  createPeerConnection(): RTCPeerConnection {
    const peer = (SmallWebRTCTransport.prototype as unknown as { createPeerConnection(): RTCPeerConnection }).createPeerConnection.call(this);
    peer.addEventListener("track", (event) => {
      if (event.track.kind === "audio") this.hooks.onTrack(event.track);
    });
    this.peer = peer;
    this.hooks.onPeer(peer);
    return peer;
  }

  async addUserMedia(): Promise<void> {
    const track = this.hooks.media.copy();
    if (track) await this.getAudioTransceiver().sender.replaceTrack(track);
  }

  async send(track: MediaStreamTrack | null): Promise<void> {
    if (this.peer && this.peer.connectionState !== "closed") await this.getAudioTransceiver().sender.replaceTrack(track);
  }
}

/** Builds the transport; `onLost` is called once when an established path stays down. */
export function webrtcLink(microphone: Microphone, loudspeaker: Loudspeaker, onLost: () => void): Link {
  let pass: () => void = () => undefined;
  let block: (error: Error) => void = () => undefined;
  const passes = new Promise<void>((resolve, reject) => {
    pass = resolve;
    block = reject;
  });
  passes.catch(() => undefined);
  const media: CallMedia = new CallMedia(microphone, loudspeaker, false, (track) => void transport.send(track));
  const transport: PeerTransport = new PeerTransport({
    media,
    onTrack: (track) => void loudspeaker.playTrack(track),
    onPeer: (peer) => watchPath(peer, pass, block, onLost),
  });
  return { transport, media, passes, rtt: () => roundTrip(transport.peer), alive: watchFlow(() => transport.peer) };
}

/** ICE takes ten seconds to notice a dead server; no packets and no answer over HTTP say it in four. */
function watchFlow(peer: () => RTCPeerConnection | null): () => Promise<boolean> {
  let before = -1;
  return async () => {
    const now = await packetsReceived(peer());
    const flows = now !== before || now === 0;
    before = now;
    return flows || (await reach()) !== null;
  };
}

async function packetsReceived(peer: RTCPeerConnection | null): Promise<number> {
  if (!peer || peer.connectionState === "closed") return 0;
  let packets = 0;
  for (const report of (await peer.getStats()).values()) {
    const stream = report as RTCInboundRtpStreamStats;
    if (stream.type === "inbound-rtp") packets += stream.packetsReceived ?? 0;
  }
  return packets;
}

function watchPath(peer: RTCPeerConnection, pass: () => void, block: (error: Error) => void, onLost: () => void): void {
  let up = false;
  let deadline = setTimeout(() => block(new NoPathError("no answer")), ANSWER_MS);
  peer.addEventListener("signalingstatechange", () => {
    if (peer.signalingState !== "stable" || up) return;
    clearTimeout(deadline);
    deadline = setTimeout(() => block(new NoPathError("no candidate pair")), CONNECT_MS);
  });
  peer.addEventListener("iceconnectionstatechange", () => {
    const state = peer.iceConnectionState;
    if (state === "connected" || state === "completed") {
      up = true;
      clearTimeout(deadline);
      pass();
    } else if (state === "failed") {
      clearTimeout(deadline);
      if (up) onLost();
      else block(new NoPathError("connectivity checks failed"));
    } else if (state === "disconnected" && up) {
      setTimeout(() => {
        if (peer.iceConnectionState === "disconnected") onLost();
      }, LOST_MS);
    } else if (state === "closed") {
      clearTimeout(deadline);
    }
  });
}

async function roundTrip(peer: RTCPeerConnection | null): Promise<number | null> {
  if (!peer || peer.connectionState === "closed") return null;
  for (const report of (await peer.getStats()).values()) {
    const pair = report as RTCIceCandidatePairStats;
    if (pair.type === "candidate-pair" && pair.nominated && pair.currentRoundTripTime !== undefined) {
      return Math.round(pair.currentRoundTripTime * 1000);
    }
  }
  return null;
}
