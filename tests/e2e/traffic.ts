/**
 * Clients of a service: each request on a connection of its own, so that each is balanced.
 *
 * @module
 */

/** Where a service is. */
export interface ServiceAddress {
  readonly hostname: string;
  readonly port: number;
}

/** How long one request may take before it counts as lost. */
const TIMEOUT_MS = 15_000;

/** One `GET` on a new connection; the body. @throws {Error} for anything but 200 */
export async function get(to: ServiceAddress, path = "/"): Promise<string> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  let connection: Deno.Conn | undefined;
  try {
    connection = await Deno.connect({ ...to, signal: abort.signal });
    abort.signal.addEventListener("abort", () => connection?.close());
    await connection.write(
      new TextEncoder().encode(
        `GET ${path} HTTP/1.1\r\nHost: ${to.hostname}\r\nConnection: close\r\n\r\n`,
      ),
    );
    const text = await readAll(connection);
    const [head = "", body = ""] = text.split("\r\n\r\n", 2);
    if (!/^HTTP\/1\.[01] 200 /.test(head)) {
      throw new Error(head.split("\r\n")[0] || "The answer was empty");
    }
    // Chunked or not: the service's answers are one line.
    return body;
  } finally {
    clearTimeout(timer);
    if (!abort.signal.aborted) connection?.close();
  }
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  let text = "";
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}

/** The pod that an answer of the HTTP service comes from. */
export function podOf(answer: string): string {
  return /hello from ([-a-z0-9]+)/.exec(answer)?.[1] ?? "";
}

/** What the clients have seen. */
export interface TrafficResult {
  /** Answers by pod. */
  readonly pods: ReadonlyMap<string, number>;
  readonly answered: number;
  readonly failures: readonly string[];
}

/** Clients that ask without a pause until they are stopped. */
export class Traffic implements AsyncDisposable {
  readonly #to: ServiceAddress;
  readonly #path: string;
  readonly #pods = new Map<string, number>();
  readonly #failures: string[] = [];
  readonly #clients: Promise<void>[];
  readonly #began = performance.now();
  #going = true;
  #answered = 0;

  constructor(
    to: ServiceAddress,
    options: { clients?: number; path?: string } = {},
  ) {
    const { clients = 4, path = "/" } = options;
    this.#to = to;
    this.#path = path;
    this.#clients = Array.from({ length: clients }, () => this.#run());
  }

  /** How many answers there were. */
  get answered(): number {
    return this.#answered;
  }

  /** Waits for so many further answers, so that what comes next happens under load. */
  async more(count: number): Promise<void> {
    const wanted = this.#answered + count;
    while (this.#answered < wanted) {
      if (this.#failures.length > 100) throw new Error(this.#failures[0]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Lets the running requests end. */
  async stop(): Promise<TrafficResult> {
    this.#going = false;
    await Promise.all(this.#clients);
    return {
      pods: this.#pods,
      answered: this.#answered,
      failures: this.#failures,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    while (this.#going) {
      try {
        const pod = podOf(await get(this.#to, this.#path));
        this.#pods.set(pod, (this.#pods.get(pod) ?? 0) + 1);
        this.#answered++;
      } catch (error) {
        const atMs = Math.round(performance.now() - this.#began);
        this.#failures.push(`after ${atMs} ms: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}
