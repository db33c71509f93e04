/** What the page tells about trouble: the last four notices, one of each code. */

import type { Notice, View } from "./types.ts";

export function noticed(view: View, notice: Notice): View {
  const others = view.notices.filter((known) => known.code !== notice.code);
  return { ...view, notices: [...others.slice(-3), notice] };
}
