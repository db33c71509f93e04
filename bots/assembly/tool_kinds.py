"""The kinds of tools a bot may name, with what each does; a model gives the arguments that are named here."""

TOOL_KINDS: dict[str, str] = {
    "clock.now": "Tells date, time and weekday (UTC).",
    "call.end": "Ends the call once everything said before it was heard.",
    "appointments.find": "Finds the free times of `day` (2026-03-02), maybe of one `part_of_day` (morning, afternoon).",
    "appointments.book": "Books `day` and `time` (14:30) under `name`.",
}
