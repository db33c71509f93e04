import assert from "node:assert/strict";
import { test } from "node:test";
import { failureFor } from "../console/sentences.ts";
import { callSeconds, clockText, percentile, stateName } from "../console/view/selectors.ts";
import { Tape } from "./tape.ts";

test("a call goes from ready over connecting to listening", () => {
  const tape = new Tape();
  assert.equal(stateName(tape.view), "idle");
  assert.equal(stateName(tape.page("start").view), "connecting");
  assert.equal(stateName(tape.page("connecting", { transport: "webrtc" }).view), "connecting");
  assert.equal(stateName(tape.server("bot-ready", { version: "2.1.0" }).view), "listening");
});

test("without a microphone the call says so instead of claiming to listen", () => {
  const denied = new Tape().live().page("microphone", { reason: "denied" });
  assert.equal(stateName(denied.view), "denied");
  assert.equal(stateName(denied.server("bot-started-speaking").view), "speaking");
  assert.equal(stateName(new Tape().live().page("microphone", { reason: "nomic" }).view), "nomic");
});

test("the call's link is known as soon as the server names the call", () => {
  assert.equal(new Tape().live().view.call?.url, "/calls/c1/");
});

test("a lost connection keeps the conversation and a resumed one says so", () => {
  const tape = new Tape().live().own("user-turn", { turn: 1, text: "Seven", disposition: "turn" }).segment(1, "Seven it is.");
  tape.server("bot-started-speaking").page("resume");
  assert.equal(stateName(tape.view), "resuming");
  tape.page("connecting", { transport: "websocket" });
  assert.equal(stateName(tape.view), "resuming");
  tape.server("bot-ready", {}).own("call", { call_id: "c1", call_url: "/calls/c1/", resume_token: "t2", resumed: true });
  tape.own("history", { turns: [{ turn: 1, role: "user", text: "Seven" }, { turn: 1, role: "assistant", text: "Seven it is." }] });
  assert.equal(stateName(tape.view), "listening");
  assert.deepEqual(tape.view.items.map((item) => item.kind), ["user", "bot", "line"]);
});

test("after a reload the history comes back with its cuts", () => {
  const tape = new Tape().page("resume").server("bot-ready", {}).own("call", { call_id: "c1", call_url: "/calls/c1/", resume_token: "t", resumed: true });
  tape.own("history", { turns: [
    { turn: 1, role: "user", text: "Hello", at: 1 },
    { turn: 1, role: "assistant", text: "Good", planned: "Good morning to you", interrupted: true, at: 2 },
  ] });
  assert.deepEqual(tape.view.items.map((item) => item.kind), ["user", "bot", "line"]);
  assert.deepEqual([tape.bots[0]!.segments[0]!.heard, tape.bots[0]!.segments[0]!.words.length], [1, 4]);
  tape.server("bot-llm-started").segment(5, "Go on.");
  assert.equal(tape.bots.length, 2);
  assert.equal(tape.view.turn, 1);
});

test("a continued conversation shows where the new one begins", () => {
  const tape = new Tape().live().own("history", { turns: [{ turn: 1, role: "user", text: "Hello" }] });
  assert.deepEqual(tape.view.items.map((item) => item.kind), ["user", "line"]);
});

test("the server's words about the end win over the page's", () => {
  const tape = new Tape().live().own("call-ended", { reason: "idle_timeout", sentence: "Nobody spoke.", owner: "caller", duration_s: 12, turns: 2, call_url: "/calls/c1/" });
  tape.page("ended", { sentence: "You ended the call." });
  assert.equal(tape.view.ending?.sentence, "Nobody spoke.");
  assert.equal(stateName(tape.view), "ended");
});

test("an end without the server's words still links to the call", () => {
  const tape = new Tape().live().page("ended", { sentence: "You ended the call." });
  assert.deepEqual([tape.view.ending?.sentence, tape.view.ending?.url], ["You ended the call.", "/calls/c1/"]);
});

test("the log never holds the token that takes up the call", () => {
  assert.ok(!JSON.stringify(new Tape().live().view.log).includes("secret"));
});

test("a notice is shown once, however often it is sent", () => {
  const notice = { code: "stt.slow", text: "Slow.", owner: "provider", next_step: "Wait.", level: "warn" };
  const tape = new Tape().live().own("notice", notice).own("notice", notice);
  assert.equal(tape.view.notices.length, 1);
  assert.equal(tape.page("notice-closed", { code: "stt.slow" }).view.notices.length, 0);
});

test("messages with missing or wrong fields change nothing they should not", () => {
  const tape = new Tape().live();
  for (const type of ["user-transcription", "bot-output", "llm-function-call-stopped", "metrics", "unheard-of", "error"]) tape.server(type, { segment_id: "x", text: 5 } as never);
  for (const type of ["history", "turn-latency", "bot-words", "user-turn", "nonsense"]) tape.own(type, { turns: "no", segments: 7, turn: null });
  assert.equal(stateName(tape.view) === "listening" || stateName(tape.view) === "thinking", true);
  assert.equal(tape.users.length, 0);
});

test("a refusal keeps the server's sentences and names a way on", () => {
  const limit = failureFor(429, { code: "limit.user_calls", info: "You have two calls.", next_step: "End one.", owner: "caller" });
  assert.deepEqual([limit.title, limit.text, limit.next], ["All your lines are in use", "You have two calls.", "End one."]);
  assert.equal(failureFor(401, {}).signIn, true);
  assert.equal(failureFor(409, { code: "provider.key_missing" }).title, "A provider's key is missing");
  for (const status of [0, 400, 403, 404, 409, 418, 500, 503]) {
    const failure = failureFor(status, {});
    assert.ok(failure.title && failure.text && failure.next && failure.owner && failure.code);
  }
});

test("figures: percentiles and clocks", () => {
  const latencies = [300, 500, 400, 900].map((total, turn) => ({ turn, total, segments: [], sentence: "" }));
  assert.deepEqual([percentile(latencies, 0.5), percentile(latencies, 0.95), percentile([], 0.5)], [400, 900, null]);
  assert.deepEqual([clockText(65.4), clockText(3725)], ["1:05", "1:02:05"]);
});

test("the length of a call comes from the server, else from when the call began, else from the page", () => {
  const ended = new Tape().live().wait(4000).page("ended", { sentence: "Over." }).view;
  assert.equal(Math.round(callSeconds(ended, 0)), 4);
  const call = { ...ended.call!, startedAt: new Date(ended.endedAt! - 9000).toISOString() };
  assert.equal(Math.round(callSeconds({ ...ended, call }, 0)), 9);
  assert.equal(callSeconds({ ...ended, ending: { ...ended.ending!, duration: 12.5 } }, 0), 12.5);
});
