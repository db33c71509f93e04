/** The call over one WebSocket; loaded only when used. */

import { WebSocketTransport } from "@pipecat-ai/websocket-transport";
import { CallMedia } from "../media/call-media.ts";
import type { Loudspeaker } from "../media/loudspeaker.ts";
import type { Microphone } from "../media/microphone.ts";
import type { Link } from "./link.ts";
import { reach } from "./start.ts";

// The SDK reads messages asynchronously, so the last ones are still on their way when the socket has closed.
const LAST_WORDS_MS = 200;

/** The SDK's transport; a socket that closes is reported to us instead of ending the client. */
class SocketTransport extends WebSocketTransport {
  lost: () => void = () => undefined;

  override connectionError(_message: string): void {
    setTimeout(() => this.lost(), LAST_WORDS_MS);
  }
}

export function websocketLink(microphone: Microphone, loudspeaker: Loudspeaker, onLost: () => void): Link {
  const media = new CallMedia(microphone, loudspeaker, true);
  const transport = new SocketTransport({ mediaManager: media as never });
  transport.lost = onLost;
  return { transport, media, passes: Promise.resolve(), rtt: () => reach(), alive: () => Promise.resolve(true) };
}
