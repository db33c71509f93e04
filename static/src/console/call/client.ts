/** The official client, with every message it receives shown to the page first. */

import { PipecatClient, LogLevel, type PipecatClientOptions, type RTVIMessage } from "@pipecat-ai/client-js";

export class ConsoleClient extends PipecatClient {
  private readonly seen: (message: RTVIMessage) => void;

  constructor(options: PipecatClientOptions, seen: (message: RTVIMessage) => void) {
    super(options);
    this.seen = seen;
    this.setLogLevel(LogLevel.ERROR);
  }

  protected override handleMessage(message: RTVIMessage): void {
    this.seen(message);
    super.handleMessage(message);
  }
}
