/** Reads fields of unknown messages without trusting their shape. */

export type Data = Record<string, unknown>;

export const record = (value: unknown): Data =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Data) : {};
export const text = (value: unknown): string => (typeof value === "string" ? value : "");
export const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
