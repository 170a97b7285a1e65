/**
 * How many sessions a node serves at once. Each takes memory of the agent and of the runtime: whoever may open sessions must not be able to bring the
 * node down with them.
 *
 * @module
 */
import { Refusal } from "./refusal.ts";

/** What is counted together: commands and attached clients; connections to ports. */
export type SessionKind = "session" | "connection";

/** Most at once. */
export interface SessionLimits {
  /** Of all pods. @default 256 sessions, 1024 connections */
  readonly ofNode: Readonly<Record<SessionKind, number>>;
  /** Of one pod, so that a flood in one leaves room for the others. @default half of the node's */
  readonly ofPod: Readonly<Record<SessionKind, number>>;
}

/** What a node serves unless it is told otherwise. */
export const SESSION_LIMITS: SessionLimits = {
  ofNode: { session: 256, connection: 1024 },
  ofPod: { session: 128, connection: 512 },
};

/** Counts what is open. */
export class SessionLimit {
  readonly #limits: SessionLimits;
  readonly #open = new Map<string, number>();

  constructor(limits: SessionLimits = SESSION_LIMITS) {
    this.#limits = limits;
  }

  /**
   * Takes a place, until it is disposed.
   *
   * @param pod its namespace and name; absent for a connection to a service
   * @throws {Refusal} 429 when there is none
   */
  enter(kind: SessionKind, pod?: string): Disposable {
    const { ofNode, ofPod } = this.#limits;
    const places = [
      { key: kind, most: ofNode[kind], where: "node" },
      ...pod === undefined
        ? []
        : [{ key: `${kind} ${pod}`, most: ofPod[kind], where: "pod" }],
    ];
    for (const { key, most, where } of places) {
      if ((this.#open.get(key) ?? 0) < most) continue;
      throw new Refusal(
        429,
        `the ${where} serves ${most} ${kind}s already, try again later`,
      );
    }
    for (const { key } of places) this.#add(key, 1);
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        for (const { key } of places) this.#add(key, -1);
      },
    };
  }

  #add(key: string, change: number): void {
    const count = (this.#open.get(key) ?? 0) + change;
    if (count > 0) this.#open.set(key, count);
    else this.#open.delete(key);
  }
}
