/** What there is to say when a call is over, or could not go on. */

import { OWNERS } from "../sentences.ts";
import { callSeconds, clockText, percentile, turnCount } from "../view/selectors.ts";
import { useDesk, useStore, type Choice } from "./context.ts";
import { Icon } from "./icons.tsx";

interface EndProps {
  readonly choice: Choice;
  readonly again: (continueFrom: string | null) => void;
}

export function EndCard({ again }: EndProps) {
  const { view } = useStore();
  const ending = view.ending;
  if (!ending) return null;
  const seconds = callSeconds(view, performance.timeOrigin);
  const time = (share: number): string => {
    const ms = percentile(view.latencies, share);
    return ms === null ? "–" : `${Math.round(ms)} ms`;
  };
  return (
    <section class="end-card" data-testid="end-card" data-reason={ending.reason} aria-label="End of the call">
      <h2>{ending.sentence || "The call is over."}</h2>
      <dl class="end-figures">
        <div><dt>Duration</dt><dd>{clockText(seconds)}</dd></div>
        <div><dt>Turns</dt><dd>{ending.turns ?? turnCount(view)}</dd></div>
        <div><dt>Median reply</dt><dd>{time(0.5)}</dd></div>
        <div><dt>95th percentile</dt><dd>{time(0.95)}</dd></div>
      </dl>
      <div class="actions">
        {ending.url && <a class="primary" data-testid="end-card-link" href={ending.url}><Icon name="link" size={16} />Open the call</a>}
        <button type="button" class="second" data-testid="talk-again" onClick={() => again(null)}>Talk again</button>
        {view.call && <button type="button" class="second" data-testid="continue" onClick={() => again(view.call!.id)}>Continue this conversation</button>}
      </div>
    </section>
  );
}

/** The way out of a failure; what was said so far stays readable beside it. */
export function FailureActions({ choice, again }: EndProps) {
  const { data, session, store } = useDesk();
  const { view } = useStore();
  const failure = view.failure;
  if (!failure) return null;
  const here = `${data.loginUrl}?next=${encodeURIComponent(location.pathname + location.search)}`;
  if (failure.signIn) return <a class="primary" data-testid="sign-in" href={here}>Sign in again</a>;
  const gone = failure.code === "call.gone";
  const authors = failure.owner === "author" || failure.owner === "provider";
  return (
    <>
      {!gone && <button type="button" class="primary" data-testid="retry" onClick={() => void session.retry()}>Try again</button>}
      {view.call && <button type="button" class={gone ? "primary" : "second"} data-testid="continue" onClick={() => again(view.call!.id)}>Continue as a new call</button>}
      {view.call && <a class="second" href={view.call.url}>Open the call</a>}
      {gone && <button type="button" class="second" data-testid="talk-again" onClick={() => again(null)}>Start afresh</button>}
      {authors && choice.bot?.canEdit && choice.bot.adminUrl && <a class="second" href={choice.bot.adminUrl}>Open the bot in the admin</a>}
      {failure.code.startsWith("limit.") && <a class="second" href={data.callsUrl}>See your calls</a>}
      {!gone && !view.call && <button type="button" class="second" onClick={() => store.page("reset")}>Back</button>}
    </>
  );
}

export function FailureCard({ choice, again }: EndProps) {
  const { view } = useStore();
  const failure = view.failure;
  if (!failure) return null;
  return (
    <section class="end-card state-bad" data-testid="failure" data-code={failure.code} role="alert">
      <h2><Icon name="warn" />{failure.title}</h2>
      <p>{failure.text} {failure.next}</p>
      <div class="actions"><FailureActions choice={choice} again={again} /></div>
      <p class="state-meta">{OWNERS[failure.owner] ?? ""} · <code>{failure.code}</code></p>
    </section>
  );
}
