/**
 * Runs a guest under wasmtime's command line, for the guests' tests.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { foundTools } from "../src/testing/needs.ts";

/** What is left of a guest that ended. */
export interface GuestResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs the guest `wasm/<name>/<name>.wat`; `options` go before it, `args` after it. */
export function guestCommand(
  mode: "run" | "serve",
  name: string,
  given: { options?: readonly string[]; args?: readonly string[] } = {},
): Deno.Command {
  const path = fileURLToPath(new URL(`./${name}/${name}.wat`, import.meta.url));
  return new Deno.Command(foundTools().wasmtime ?? "wasmtime", {
    args: [
      mode,
      ...["-C", "cache=n"],
      ...given.options ?? [],
      path,
      ...given.args ?? [],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a guest to its end. */
export async function runGuest(name: string, given: {
  options?: readonly string[];
  args?: readonly string[];
  stdin?: Uint8Array<ArrayBuffer> | string;
} = {}): Promise<GuestResult> {
  const child = guestCommand("run", name, given).spawn();
  const writer = child.stdin.getWriter();
  const input = given.stdin ?? "";
  const fed = writer.write(
    typeof input === "string" ? new TextEncoder().encode(input) : input,
  ).then(() => writer.close());
  const output = await child.output();
  await fed.catch(() => {}); // a guest need not read its input
  const text = new TextDecoder();
  return {
    code: output.code,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}

/** Serves the guest and asks it; the port is one that was free a moment ago. */
export async function serveGuest(name: string, given: {
  options?: readonly string[];
  ask: (url: string) => Promise<void>;
}): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const child = guestCommand("serve", name, {
    options: ["--addr", `127.0.0.1:${port}`, ...given.options ?? []],
  }).spawn();
  const reader = child.stderr.getReader();
  try {
    await reader.read(); // "Serving HTTP on …"
    await given.ask(`http://127.0.0.1:${port}`);
  } finally {
    child.kill("SIGKILL");
    reader.releaseLock();
    await child.status;
    await Promise.all([
      child.stdout.cancel(),
      child.stderr.cancel(),
      child.stdin.close(),
    ]);
  }
}
