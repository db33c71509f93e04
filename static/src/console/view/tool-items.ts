/** Tool calls as they are announced: started, in progress, stopped. */

import { record, text } from "./fields.ts";
import { appended, newest, replaced } from "./items.ts";
import type { Item, ToolItem, ToolStatus, View } from "./types.ts";

function known(view: View, id: string, name: string): ToolItem | null {
  const sameId = newest(view, (item): item is ToolItem => item.kind === "tool" && id !== "" && item.id === id);
  return sameId ?? newest(view, (item: Item): item is ToolItem =>
    item.kind === "tool" && item.id === null && item.status === "running" && (!name || !item.name || item.name === name));
}

export function running(view: View, at: number, data: Record<string, unknown>): View {
  const id = text(data["tool_call_id"]);
  const name = text(data["function_name"]);
  const input = data["arguments"] ?? null;
  const item = known(view, id, name);
  if (item) return replaced(view, { ...item, id: id || item.id, name: name || item.name, input: input ?? item.input });
  return appended(view, { kind: "tool", at, id: id || null, name, input, output: null, status: "running", endedAt: null });
}

export function stopped(view: View, at: number, data: Record<string, unknown>): View {
  const item = known(view, text(data["tool_call_id"]), text(data["function_name"]));
  if (!item) return view;
  const output = data["result"] ?? null;
  return replaced(view, { ...item, output, status: verdict(data, output), endedAt: at });
}

function verdict(data: Record<string, unknown>, output: unknown): ToolStatus {
  if (data["cancelled"] === true) return "cancelled";
  return "error" in record(output) ? "failed" : "done";
}
