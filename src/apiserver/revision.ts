/**
 * Resource versions in requests and in continue tokens.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Key, Revision } from "../store/store.ts";

/** Reads a resource version: a number without sign. Undefined for anything else. */
export function parseRevision(text: string): Revision | undefined {
  if (!/^[0-9]{1,19}$/.test(text)) return undefined;
  return Number(text);
}

/** Where a paged list goes on. */
export interface ContinueToken {
  /** The revision of the whole list; -1 goes on with the newest state. */
  readonly revision: number;
  /** The last key of the page before, without the list's prefix. */
  readonly after: Key;
}

/** A token in Kubernetes' form: base64url of JSON with `v`, `rv` and `start`. */
export function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({
    v: "meta.k8s.io/v1",
    rv: token.revision,
    start: token.after + "\0",
  })).toString("base64url");
}

/** Undefined when the token is not one of ours. */
export function decodeContinue(text: string): ContinueToken | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { v, rv, start } = value as Record<string, unknown>;
  if (v !== "meta.k8s.io/v1" || typeof rv !== "number") return undefined;
  if (!Number.isSafeInteger(rv) || rv === 0 || rv < -1) return undefined;
  if (typeof start !== "string" || !start.endsWith("\0")) return undefined;
  if (start.includes("..")) return undefined;
  return { revision: rv, after: start.slice(0, -1) };
}
