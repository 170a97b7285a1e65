/**
 * A KV whose commits the test holds, loses and breaks.
 *
 * @module
 */
import type { Kv } from "../../base/host.ts";

/** How one commit goes. */
export type Fault =
  /** It takes effect, but the answer is lost. */
  | "lost-answer"
  /** It does not take effect, and an error says so. */
  | "refused"
  /** It goes well. */
  | "none";

/** Wraps a KV. */
export class FaultyKv implements Kv {
  /** Commits that were asked for. */
  commits = 0;
  /** Says how the next commit goes. */
  fault: () => Fault = () => "none";
  /** Runs before a commit takes effect; the commit waits for it. */
  before: () => Promise<void> | void = () => {};
  /** Runs when a list is begun; the list waits for it. */
  beforeList: () => Promise<void> | void = () => {};
  readonly #kv: Kv;

  constructor(kv: Kv) {
    this.#kv = kv;
  }

  atomic(): Deno.AtomicOperation {
    const atomic = this.#kv.atomic();
    const commit = atomic.commit.bind(atomic);
    atomic.commit = async () => {
      this.commits++;
      await this.before();
      const fault = this.fault();
      if (fault === "refused") throw new Error("The disk refused");
      const result = await commit();
      if (fault === "lost-answer") throw new Error("The answer was lost");
      return result;
    };
    return atomic;
  }

  get: Kv["get"] = (key, options) => this.#kv.get(key, options);
  list<T>(
    selector: Deno.KvListSelector,
    options?: Deno.KvListOptions,
  ): Deno.KvListIterator<T> {
    const list = this.#kv.list<T>(selector, options);
    const next = list.next.bind(list);
    let ready: Promise<void> | void = this.beforeList();
    list.next = async () => {
      await ready;
      ready = undefined;
      return await next();
    };
    return list;
  }

  watch: Kv["watch"] = (keys, options) => this.#kv.watch(keys, options);
  enqueue: Kv["enqueue"] = (value, options) => this.#kv.enqueue(value, options);
  listenQueue: Kv["listenQueue"] = (handler) => this.#kv.listenQueue(handler);
  close: Kv["close"] = () => this.#kv.close();
}

/** A gate that a test opens. */
export class Gate {
  readonly opened: Promise<void>;
  open: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}
