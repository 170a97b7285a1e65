/**
 * A pod that is asked all the while, beside whatever hostile thing its node runs.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Any, guest, wasmPod } from "../e2e/objects.ts";
import { isReady, type Rig } from "../e2e/rig.ts";

/** Pause between two requests, in milliseconds. */
const PAUSE_MS = 10;
/** How long an answer may take; this is for a hang, not for a figure. */
const ANSWER_MS = 15_000;
/** The neighbour answers at least so often while something hostile goes on. */
const LEAST_ANSWERS = 20;

/** The neighbour: an HTTP service as a WASM module, without limits and wishes of its own. */
export class Neighbour implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #url: string;
  readonly #readySince: string;
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #times: number[] = [];
  #errors: string[] = [];

  private constructor(rig: Rig, found: { url: string; readySince: string }) {
    this.#rig = rig;
    this.#url = found.url;
    this.#readySince = found.readySince;
    this.#asking = this.#ask();
  }

  /** Makes the pod and begins to ask it. */
  static async open(rig: Rig): Promise<Neighbour> {
    await rig.create(wasmPod("neighbour", [], {
      container: {
        image: guest("http_echo"),
        args: [],
        ports: [{ containerPort: 8080 }],
      },
    }));
    await rig.ready("name=neighbour", 1);
    const url = `http://${await this.address(rig)}:8080/`;
    await rig.until("the neighbour answers", async () => {
      const answer = await fetch(url).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok ?? false;
    });
    return new Neighbour(rig, { url, readySince: await readySince(rig) });
  }

  /** The pod's address. */
  static async address(rig: Rig): Promise<string> {
    return (await rig.get("pods", "neighbour")).status.podIP;
  }

  /** One step of a test, after which the neighbour has answered all that it was asked, and the node was Ready all the while. */
  async step(
    t: Deno.TestContext,
    name: string,
    work: () => Promise<void>,
  ): Promise<void> {
    await t.step(name, async () => {
      this.#times = [];
      this.#errors = [];
      await work();
      await this.#rig.until(
        "the neighbour was asked often enough",
        () => Promise.resolve(this.#times.length >= LEAST_ANSWERS),
      );
      const sorted = this.#times.toSorted((a, b) => a - b);
      const at = (share: number) =>
        sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
      console.log(
        `${name}: neighbour ${sorted.length} answers, p50 ${at(0.5)} p99 ${
          at(0.99)
        } max ${at(1)} ms`,
      );
      assert.deepEqual(this.#errors, []);
      assert.equal(await readySince(this.#rig), this.#readySince);
      const { status } = await this.#rig.get("pods", "neighbour");
      assert.equal(status.containerStatuses[0].restartCount, 0);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        const answer = await fetch(this.#url, {
          client,
          signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
        });
        await answer.text();
        if (answer.ok) this.#times.push(performance.now() - began);
        else this.#errors.push(`status ${answer.status}`);
      } catch (error) {
        if (!signal.aborted) this.#errors.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    client.close();
  }
}

/** Since when the node is Ready without a break. @throws when it is not */
async function readySince(rig: Rig): Promise<string> {
  const { items: [node] } = await rig.call("GET", "/api/v1/nodes");
  assert.ok(isReady(node), JSON.stringify(node.status.conditions));
  return node.status.conditions.find(({ type }: Any) => type === "Ready")
    .lastTransitionTime;
}
