/** One connection to the server, whichever way the sound travels. */

import type { Transport } from "@pipecat-ai/client-js";
import type { CallMedia } from "../media/call-media.ts";

export interface Link {
  readonly transport: Transport;
  readonly media: CallMedia;
  /** Settles when sound can flow; rejects when the network does not let it through. */
  readonly passes: Promise<void>;
  /** Round trip in milliseconds, or null when it is not known. */
  rtt(): Promise<number | null>;
  /** Asked every two seconds: false when the other side has gone and the transport has not noticed yet. */
  alive(): Promise<boolean>;
}

/** The network lets no media through this way. */
export class NoPathError extends Error {}
