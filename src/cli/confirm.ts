/**
 * Questions to the person at the terminal.
 *
 * @module
 */
import { decodeText } from "../base/bytes.ts";
import type { Terminal } from "./terminal.ts";

/** Asks a yes-or-no question; no where nobody is there to answer. */
export async function confirm(
  terminal: Terminal,
  question: string,
): Promise<boolean> {
  const { input } = terminal;
  if (!input?.isTerminal) return false;
  terminal.errBytes?.(new TextEncoder().encode(`${question} [y/N] `));
  // A terminal hands over a line at a time.
  for await (const chunk of input.readable()) {
    return /^\s*y(?:es)?\s*$/i.test(decodeText(chunk));
  }
  return false;
}
