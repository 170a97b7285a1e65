/**
 * Where the program reads and writes. Results go to `out`, everything else to `err`.
 *
 * @module
 */

/** The three streams of a command, and what they are connected to. */
export interface Terminal {
  /** Writes to standard output as it is. */
  out(text: string | Uint8Array): Promise<void>;
  /** Writes one line to standard error. */
  err(line: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Whether a person reads standard output. */
  readonly interactive: boolean;
  /** Writes to standard error as it is. */
  errBytes?(bytes: Uint8Array): void;
  /** Standard input as it comes; absent where there is none. */
  readonly input?: TerminalInput;
  /** From now on Ctrl-C and the like abort the answer instead of ending the program; a second one, a second later, ends it. */
  interrupted?(): AbortSignal;
}

/** Standard input, for sessions with a process. */
export interface TerminalInput {
  /** Whether a person types it. */
  readonly isTerminal: boolean;
  /** What comes; call it once. */
  readable(): ReadableStream<Uint8Array>;
  /** Hands every key on at once, with Ctrl-C and its like, and prints none of them. */
  setRaw(on: boolean): void;
  /** Of the terminal, in characters. */
  size(): { readonly columns: number; readonly rows: number };
  /** Calls back when the size has changed. */
  onResize(fn: () => void): Disposable;
}

/** As shells have it for programs that SIGPIPE ended. */
const EXIT_BROKEN_PIPE = 141;
/** As shells have it for programs that Ctrl-C ended. */
export const EXIT_INTERRUPTED = 130;
/** What asks a program to end. */
const ENDINGS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** One Ctrl-C comes twice where `deno task` stands in front. */
const SAME_PRESS_MS = 1_000;

function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstMs: number | undefined;
  for (const name of ENDINGS) {
    Deno.addSignalListener(name, () => {
      const now = performance.now();
      firstMs ??= now;
      if (now - firstMs > SAME_PRESS_MS) Deno.exit(EXIT_INTERRUPTED);
      controller.abort(new DOMException("Interrupted", "AbortError"));
    });
  }
  return controller.signal;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    interrupted: interruption,
    async out(text) {
      const bytes = typeof text === "string"
        ? new TextEncoder().encode(text)
        : text;
      let offset = 0;
      try {
        while (offset < bytes.length) {
          offset += await Deno.stdout.write(bytes.subarray(offset));
        }
      } catch (error) {
        // `wherry get pods -w | head`: the reader has had enough.
        if (error instanceof Error && error.name === "BrokenPipe") {
          Deno.exit(EXIT_BROKEN_PIPE);
        }
        throw error;
      }
    },
    err(line) {
      Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
    },
    async readInput() {
      return await new Response(Deno.stdin.readable).text();
    },
    interactive: Deno.stdout.isTerminal(),
    errBytes(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += Deno.stderr.writeSync(bytes.subarray(at));
      }
    },
    input: {
      isTerminal: Deno.stdin.isTerminal(),
      readable: () => Deno.stdin.readable,
      setRaw: (on) => Deno.stdin.setRaw(on),
      size: () => Deno.consoleSize(),
      onResize(fn) {
        Deno.addSignalListener("SIGWINCH", fn);
        return {
          [Symbol.dispose]: () => Deno.removeSignalListener("SIGWINCH", fn),
        };
      },
    },
  };
}
