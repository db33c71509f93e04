/** What the server wrote into the page. */

import { list, number, record, text } from "./view/fields.ts";
import type { TransportKind } from "./view/types.ts";

export interface BotChoice {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly liveVersion: number | null;
  readonly versions: readonly number[];
  readonly hasDraft: boolean;
  readonly canEdit: boolean;
  readonly adminUrl: string | null;
}

export interface PageData {
  readonly bots: readonly BotChoice[];
  readonly current: string;
  readonly csrf: string;
  readonly user: string;
  readonly callsUrl: string;
  readonly loginUrl: string;
  readonly continueFrom: string | null;
  readonly forced: TransportKind | null;
}

export function readPageData(document: Document): PageData {
  const data = record(JSON.parse(document.getElementById("console-data")?.textContent ?? "{}"));
  const urls = record(data["urls"]);
  return {
    bots: list(data["bots"]).map(record).map((bot) => ({
      slug: text(bot["slug"]), name: text(bot["name"]), description: text(bot["description"]), liveVersion: number(bot["live_version"]),
      versions: list(bot["versions"]).filter((version) => typeof version === "number"), hasDraft: bot["has_draft"] === true,
      canEdit: bot["can_edit"] === true, adminUrl: text(bot["admin_url"]) || null,
    })),
    current: text(data["current"]), csrf: text(data["csrf"]), user: text(record(data["user"])["name"]),
    callsUrl: text(urls["calls"]) || "/calls/", loginUrl: text(urls["login"]) || "/accounts/login/",
    continueFrom: text(data["continue_from"]) || null, forced: forcedTransport(location.search),
  };
}

function forcedTransport(search: string): TransportKind | null {
  const wanted = new URLSearchParams(search).get("transport");
  if (wanted === "ws" || wanted === "websocket") return "websocket";
  return wanted === "webrtc" ? "webrtc" : null;
}
