/**
 * What nodes use, asked of them over their links when somebody wants to know. Nothing is asked at rest: a link may be mobile data.
 *
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import type { Host } from "../../base/host.ts";
import { fetchOverMux } from "../../base/mux_http.ts";
import type { NodeLinks } from "../streams/node_links.ts";
import { type NodeUsage, readUsage } from "./usage_table.ts";

/** How long, in milliseconds, an answer serves all who ask. */
const FRESH_MS = 10_000;

/** How long, in milliseconds, a node may take; it looks twice, a second apart. */
const PATIENCE_MS = 5_000;

/** Nodes that are asked at the same time: each takes a second, most of which it waits. */
const TOGETHER = 256;

/** The longest answer that is read: 110 pods take 15 KB. Times {@linkcode TOGETHER}, it is the most memory that agents can make us take. */
const MAX_ANSWER_BYTES = 256 * 1024;

interface Asked {
  readonly atMs: number;
  readonly answer: Promise<NodeUsage | undefined>;
}

/** Asks nodes, and remembers for a moment what they said. */
export class NodeUsages {
  readonly #host: Pick<Host, "clock" | "log">;
  readonly #links: NodeLinks;
  readonly #asked = new Map<string, Asked>();

  constructor(host: Pick<Host, "clock" | "log">, links: NodeLinks) {
    this.#host = host;
    this.#links = links;
  }

  /** What these nodes use, by name. Those that are out of reach, or do not answer in time, are left out. */
  async of(nodes: Iterable<string>): Promise<Map<string, NodeUsage>> {
    this.#forgetOld();
    const found = new Map<string, NodeUsage>();
    const waiting = [...new Set(nodes)];
    const work = async () => {
      for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
        const usage = await this.#usage(node);
        if (usage) found.set(node, usage);
      }
    };
    const workers = Math.min(TOGETHER, waiting.length);
    await Promise.all(Array.from({ length: workers }, work));
    return found;
  }

  #usage(node: string): Promise<NodeUsage | undefined> {
    const known = this.#asked.get(node);
    if (known) return known.answer;
    if (!this.#links.get(node)) return Promise.resolve(undefined);
    const answer = this.#ask(node).catch((error) => {
      // Whoever comes next tries again.
      this.#asked.delete(node);
      this.#host.log("debug", "A node does not tell its usage", {
        node,
        error: messageOf(error),
      });
      return undefined;
    });
    this.#asked.set(node, { atMs: this.#host.clock.monotonicMs(), answer });
    return answer;
  }

  async #ask(node: string): Promise<NodeUsage | undefined> {
    const link = this.#links.get(node)!;
    const { clock } = this.#host;
    const late = new AbortController();
    const timer = clock.after(
      PATIENCE_MS,
      () => late.abort(new Error("It took too long")),
    );
    try {
      const request = new Request("http://node/stats/usage", {
        signal: late.signal,
      });
      const answer = await fetchOverMux(link, request);
      if (!answer.ok) {
        await answer.body?.cancel();
        throw new Error(`It answered ${answer.status}`);
      }
      const text = await textWithin(answer, MAX_ANSWER_BYTES);
      return readUsage(JSON.parse(text), clock.now());
    } finally {
      timer.cancel();
    }
  }

  #forgetOld(): void {
    const nowMs = this.#host.clock.monotonicMs();
    for (const [node, { atMs }] of this.#asked) {
      if (nowMs - atMs >= FRESH_MS) this.#asked.delete(node);
    }
  }
}

async function textWithin(
  answer: Response,
  limitBytes: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let left = limitBytes;
  for await (const chunk of answer.body ?? []) {
    left -= chunk.length;
    if (left < 0) throw new Error("The answer is too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
