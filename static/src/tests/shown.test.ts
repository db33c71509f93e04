import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_SHOWN, shownBy } from "../console/call/page-functions.ts";
import { Tape } from "./tape.ts";

test("a text is shown as it is, cut where it is endless", () => {
  assert.deepEqual(shownBy("show_text", { text: "<b>Hall 3</b>" }), { text: "<b>Hall 3</b>", url: null });
  assert.equal((shownBy("show_text", { text: "x".repeat(9000) }) as { text: string }).text.length, MAX_SHOWN);
  for (const empty of [{}, { text: " " }, { text: 5 }, null]) assert.ok("error" in shownBy("show_text", empty));
});

test("only web addresses become links", () => {
  assert.deepEqual(shownBy("show_link", { url: "https://example.com/a", text: "Map" }), { text: "Map", url: "https://example.com/a" });
  assert.deepEqual(shownBy("show_link", { url: "https://example.com/" }), { text: "https://example.com/", url: "https://example.com/" });
  for (const url of ["javascript:alert(1)", "data:text/html,x", "//x", "file:///etc", "https://a:b@example.com/", "", 5]) {
    assert.deepEqual(shownBy("show_link", { url, text: "Map" }), { error: "Only web addresses can be shown." });
  }
});

test("a function that this page does not know says so", () => {
  assert.deepEqual(shownBy("open_door", {}), { error: "This page does not know the function open_door." });
});

test("what the bot shows stands in the conversation", () => {
  const tape = new Tape().live().page("shown", { text: "Map", url: "https://example.com/" });
  const item = tape.view.items.at(-1)!;
  assert.deepEqual([item.kind, item.kind === "shown" && item.text, item.kind === "shown" && item.url], ["shown", "Map", "https://example.com/"]);
});
