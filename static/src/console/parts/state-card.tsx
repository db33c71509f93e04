/** A state that stands in the way of talking: what it is, whose it is, and the way out. */

import type { ComponentChildren } from "preact";
import { OWNERS } from "../sentences.ts";
import type { StateName } from "../view/types.ts";
import { Icon } from "./icons.tsx";

interface StateCardProps {
  readonly state: StateName;
  readonly title: string;
  readonly text: string;
  readonly next: string;
  readonly owner?: string;
  readonly code?: string;
  readonly signIn?: boolean | undefined;
  readonly children?: ComponentChildren;
}

export function StateCard({ state, title, text, next, owner, code, children }: StateCardProps) {
  const bad = state === "error";
  return (
    <main class="state-page" id="main">
      <section class={`state-card${bad ? " state-bad" : ""}`} data-testid="state" data-state={state} data-code={code ?? ""} role={bad ? "alert" : undefined}>
        <span class="state-icon" aria-hidden="true"><Icon name={bad ? "warn" : "info"} size={26} /></span>
        <h1>{title}</h1>
        <p>{text}</p>
        <p class="state-next">{next}</p>
        {children && <div class="actions">{children}</div>}
        {(owner || code) && <p class="state-meta">{owner ? OWNERS[owner] : ""}{owner && code ? " · " : ""}{code && <code>{code}</code>}</p>}
      </section>
    </main>
  );
}
