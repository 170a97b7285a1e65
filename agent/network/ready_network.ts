/**
 * A pod network that has the place for the next pod ready.
 *
 * A namespace with its interface takes the kernel and two plugins 25 ms and more, on a small box far more: most of a WASM pod's start.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import type { Host, Timer } from "../../src/base/host.ts";
import {
  type NetworkRanges,
  newSandboxId,
  type PodNetwork,
  type PodPlace,
} from "./pod_network.ts";

/** How long, in milliseconds, after the last pod came the next place is made: by then the start of that pod is over, which it would slow down. */
const QUIET_MS = 200;

type ReadyHost = Pick<Host, "clock" | "random" | "log">;

/** A place that no pod has yet. */
interface ReadyPlace {
  readonly id: string;
  readonly place: PodPlace;
}

/**
 * Wraps a {@linkcode PodNetwork} and keeps one place more than there are pods, from the first pod on: a node without pods of this kind makes none.
 * It has an id and traces like those of any pod, so that the next start of the agent removes it as what no pod has.
 */
export class ReadyNetwork implements PodNetwork, AsyncDisposable {
  readonly #host: ReadyHost;
  readonly #inner: PodNetwork;
  #ready: ReadyPlace | undefined;
  /** Handed out by {@linkcode ReadyNetwork.takeId} and not asked for yet. */
  readonly #taken = new Map<string, PodPlace>();
  #timer: Timer | undefined;
  #making: Promise<void> | undefined;
  #closed = false;

  /** Wraps a network. @param inner makes the places */
  constructor(host: ReadyHost, inner: PodNetwork) {
    this.#host = host;
    this.#inner = inner;
  }

  /** @inheritDoc */
  get kind(): PodNetwork["kind"] {
    return this.#inner.kind;
  }

  /** @inheritDoc */
  get ranges(): NetworkRanges | undefined {
    return this.#inner.ranges;
  }

  /** @inheritDoc */
  async configure(ranges: NetworkRanges): Promise<void> {
    const before = this.#inner.ranges;
    await this.#inner.configure(ranges);
    if (before && before.podCidr !== ranges.podCidr) await this.#drop();
  }

  /** @inheritDoc */
  takeId(): string | undefined {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready) this.#taken.set(ready.id, ready.place);
    return ready?.id;
  }

  /** @inheritDoc */
  async add(id: string): Promise<PodPlace> {
    this.#makeSoon();
    const place = this.#taken.get(id);
    if (place === undefined) return await this.#inner.add(id);
    this.#taken.delete(id);
    if (await this.#inner.isAlive(id)) return place;
    await this.#inner.release(id); // somebody unmounted the namespace meanwhile
    return await this.#inner.add(id);
  }

  /** @inheritDoc */
  async release(id: string): Promise<void> {
    this.#taken.delete(id);
    await this.#inner.release(id);
  }

  /** @inheritDoc */
  isAlive(id: string): Promise<boolean> {
    return this.#inner.isAlive(id);
  }

  /** @inheritDoc */
  async cleanup(keep: ReadonlySet<string>): Promise<void> {
    await this.#inner.cleanup(
      new Set([
        ...keep,
        ...this.#taken.keys(),
        ...(this.#ready ? [this.#ready.id] : []),
      ]),
    );
  }

  /** @inheritDoc */
  async remove(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await this.#inner.remove();
  }

  /** Makes no more places. The one that is ready stays for the next start to remove. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#making;
  }

  #makeSoon(): void {
    this.#timer?.cancel();
    if (this.#closed) return;
    this.#timer = this.#host.clock.after(QUIET_MS, () => {
      // One at a time: on a busy machine it takes longer than the pause before the next.
      if (this.#ready || this.#making || this.#closed) return;
      this.#making = this.#make().finally(() => this.#making = undefined);
    });
  }

  async #make(): Promise<void> {
    const id = newSandboxId(this.#host.random);
    const range = this.ranges?.podCidr;
    try {
      const place = await this.#inner.add(id);
      if (this.ranges?.podCidr === range) this.#ready = { id, place };
      else await this.#inner.release(id);
    } catch (error) {
      // The next pod makes its own, and fails with the reason if there still is one.
      this.#host.log("info", "Could not make the next pod's network ahead", {
        error: messageOf(error),
      });
    }
  }

  async #drop(): Promise<void> {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready) await this.#inner.release(ready.id);
  }
}
