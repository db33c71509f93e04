import assert from "node:assert/strict";
import { test } from "node:test";
import { heardOf } from "../console/view/bot-items.ts";
import { unheardWords } from "../console/sentences.ts";
import { stateName } from "../console/view/selectors.ts";
import { Tape } from "./tape.ts";

const heardWords = (tape: Tape, place = 0): boolean[][] =>
  tape.bots[place]!.segments.map((segment) => segment.words.map((_, index) => index < segment.heard));

test("a spoken turn grows from partials to the settled text", () => {
  const tape = new Tape().live().server("user-started-speaking");
  tape.server("user-transcription", { text: "nine fif", final: false });
  assert.equal(tape.users[0]!.partial, "nine fif");
  tape.server("user-transcription", { text: "nine fifteen", final: true }).server("user-transcription", { text: "pl", final: false });
  assert.equal(tape.users[0]!.text, "nine fifteen");
  assert.equal(tape.users[0]!.partial, "pl");
  tape.server("user-transcription", { text: "please", final: true }).server("user-stopped-speaking");
  tape.own("user-turn", { turn: 1, text: "nine fifteen please", disposition: "turn" });
  assert.equal(tape.users.length, 1);
  assert.deepEqual([tape.users[0]!.text, tape.users[0]!.partial, tape.users[0]!.final, tape.users[0]!.turn], ["nine fifteen please", "", true, 1]);
  assert.equal(stateName(tape.view), "thinking");
});

test("a pause inside a turn does not open a second bubble", () => {
  const tape = new Tape().live().server("user-started-speaking").server("user-transcription", { text: "one", final: true });
  tape.server("user-stopped-speaking").server("user-started-speaking").server("user-transcription", { text: "two", final: true });
  assert.equal(tape.users.length, 1);
  assert.equal(tape.users[0]!.text, "one two");
});

test("noise that became no words leaves nothing behind", () => {
  const tape = new Tape().live().server("user-started-speaking").server("user-stopped-speaking");
  tape.own("user-turn", { turn: 1, text: "", disposition: "discarded" });
  assert.equal(tape.users.length, 0);
  assert.equal(stateName(tape.view), "listening");
});

test("a discarded utterance stays readable and is marked", () => {
  const tape = new Tape().live().server("user-transcription", { text: "uh huh", final: true });
  tape.own("user-turn", { turn: 1, text: "uh huh", disposition: "discarded" });
  assert.equal(tape.users[0]!.discarded, true);
  assert.equal(stateName(tape.view), "listening");
});

test("a caller who is muted by the bot is told so until it listens again", () => {
  const tape = new Tape().live();
  tape.own("user-mute", { muted: true, reasons: ["first_speech"] });
  assert.match(unheardWords(tape.view.unheard), /finishes what it is saying/);
  tape.own("user-mute", { muted: true, reasons: ["always", "function_call"] });
  assert.match(unheardWords(tape.view.unheard), /looking something up/);
  tape.own("user-mute", { muted: false, reasons: [] });
  assert.equal(unheardWords(tape.view.unheard), "");
});

test("a sign of listening is shown as words that were not used", () => {
  const tape = new Tape().live().server("user-transcription", { text: "mhm", final: true });
  tape.own("user-turn", { turn: 1, text: "mhm", disposition: "backchannel" });
  assert.equal(tape.users[0]!.discarded, true);
});

test("typed text appears at once and is the same turn when the server settles it", () => {
  const tape = new Tape().live().page("typed", { text: "Hello" });
  assert.deepEqual([tape.users[0]!.text, tape.users[0]!.source, tape.users[0]!.final], ["Hello", "text", false]);
  tape.own("user-turn", { turn: 3, text: "Hello", disposition: "turn" });
  assert.equal(tape.users.length, 1);
  assert.deepEqual([tape.users[0]!.turn, tape.users[0]!.source, tape.users[0]!.final], [3, "text", true]);
});

test("words brighten as they are played and never go dark again", () => {
  const whole = "Good morning, clinic desk.";
  const tape = new Tape().live().server("bot-llm-started").segment(1, whole).server("bot-started-speaking");
  assert.equal(stateName(tape.view), "speaking");
  assert.deepEqual(heardWords(tape), [[false, false, false, false]]);
  tape.played(1, "Good morning,", whole);
  assert.deepEqual(heardWords(tape), [[true, true, false, false]]);
  tape.played(1, "Good", whole);
  assert.deepEqual(heardWords(tape), [[true, true, false, false]]);
  tape.played(1, whole, whole).server("bot-stopped-speaking");
  assert.deepEqual(heardWords(tape), [[true, true, true, true]]);
  assert.equal(stateName(tape.view), "listening");
});

test("an interruption strikes what was not heard, in this piece and the ones behind it", () => {
  const tape = new Tape().live().server("bot-llm-started").segment(1, "I have nine fifteen.").segment(2, "Or ten thirty.").server("bot-started-speaking");
  tape.played(1, "I have", "I have nine fifteen.");
  tape.own("bot-words", { segment_id: 1, interrupted: true, heard: "I have nine", unheard: "fifteen." });
  const reply = tape.bots[0]!;
  assert.equal(reply.interrupted, true);
  assert.deepEqual(heardOf(reply), { heard: 3, planned: 7 });
  assert.deepEqual(heardWords(tape), [[true, true, true, false], [false, false, false]]);
  assert.deepEqual(tape.view.marks.at(-1)?.kind, "interruption");
  tape.played(1, "I have nine fifteen.", "I have nine fifteen.");
  assert.deepEqual(heardOf(tape.bots[0]!), { heard: 3, planned: 7 }, "late progress does not bring unheard words back");
});

test("the ledger may correct the number of heard words downwards", () => {
  const whole = "one two three";
  const tape = new Tape().live().segment(1, whole).played(1, "one two", whole);
  tape.own("bot-words", { segment_id: 1, interrupted: true, heard: "one", unheard: "two three" });
  assert.deepEqual(heardWords(tape), [[true, false, false]]);
});

test("progress of a piece that was never announced creates no text", () => {
  const tape = new Tape().live().played(9, "ghost", "ghost words");
  assert.equal(tape.bots.length, 0);
});

test("pieces of one generation form one reply, the next generation another", () => {
  const tape = new Tape().live().server("bot-llm-started").segment(1, "One.").segment(2, "Two.").server("bot-llm-started").segment(3, "Three.");
  assert.deepEqual(tape.bots.map((reply) => reply.segments.length), [2, 1]);
});

test("text that is not to be spoken is shown and ends the thinking", () => {
  const tape = new Tape().live().server("bot-llm-started");
  assert.equal(stateName(tape.view), "thinking");
  tape.server("bot-output", { segment_id: 4, text: "A link.", will_be_spoken: false, spoken_status: "new" });
  assert.equal(tape.bots[0]!.segments[0]!.spoken, false);
  assert.equal(stateName(tape.view), "listening");
});

test("a tool is one card through all its announcements", () => {
  const tape = new Tape().live().server("llm-function-call-started", { function_name: "find_slots" });
  tape.server("llm-function-call-in-progress", { tool_call_id: "t1", function_name: "find_slots", arguments: { day: "Tue" } }).wait(400);
  assert.deepEqual(tape.tools.map((tool) => [tool.id, tool.status, tool.input]), [["t1", "running", { day: "Tue" }]]);
  tape.server("llm-function-call-stopped", { tool_call_id: "t1", cancelled: false, result: { slots: 3 } });
  const [card] = tape.tools;
  assert.deepEqual([tape.tools.length, card!.status, card!.output], [1, "done", { slots: 3 }]);
  assert.ok(card!.endedAt! - card!.at >= 400);
});

test("two calls of the same tool are two cards", () => {
  const tape = new Tape().live();
  for (const id of ["a", "b"]) tape.server("llm-function-call-in-progress", { tool_call_id: id, function_name: "f", arguments: {} });
  tape.server("llm-function-call-stopped", { tool_call_id: "b", cancelled: true });
  assert.deepEqual(tape.tools.map((tool) => tool.status), ["running", "cancelled"]);
});

test("a tool that answers with an error is shown as failed", () => {
  const tape = new Tape().live().server("llm-function-call-in-progress", { tool_call_id: "a", function_name: "f" });
  tape.server("llm-function-call-stopped", { tool_call_id: "a", cancelled: false, result: { error: "closed" } });
  assert.equal(tape.tools[0]!.status, "failed");
});

test("a reply's latency finds its reply whichever comes first", () => {
  const latency = { turn: 1, total_ms: 680, segments: [{ name: "llm", ms: 270, owner: "provider" }], sentence: "The model." };
  const settled = (): Tape => new Tape().live().own("user-turn", { turn: 1, text: "Hi", disposition: "turn" }).server("bot-llm-started");
  const before = settled().own("turn-latency", latency).segment(1, "Hello.");
  const after = settled().segment(1, "Hello.").own("turn-latency", latency);
  for (const tape of [before, after]) assert.equal(tape.bots[0]!.latency?.total, 680);
});
