/**
 * Keeps this node's Node object right.
 *
 * @module
 */
import { sameJson } from "../../src/api/equal.ts";
import type { Node } from "../../src/api/core/node.ts";
import type {
  NodeAddress,
  NodeStatus,
} from "../../src/api/core/node_status.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import type { Client } from "../../src/client/client.ts";
import { NODES } from "../../src/client/resources.ts";
import { hasStatusCode } from "../../src/client/response_error.ts";
import { Bell } from "../container/bell.ts";
import { conditionEvents } from "./node_conditions.ts";
import type { NodeEvents } from "./node_events.ts";
import {
  computeNodeStatus,
  isRuntimeLabel,
  newNode,
  nodeAnnotations,
  type NodeFactsInput,
  nodeLabels,
} from "./node_status.ts";

/** First and longest wait, in milliseconds, after the API did not take a write. */
const RETRY_MS = { first: 1_000, longest: 60_000 } as const;

/** How often, in milliseconds, a node that is not ready looks whether its runtimes are back. One that is ready looks at nothing: a runtime that goes rings. */
const NOT_READY_LOOK_MS = 2_000;

/** So long, in milliseconds, an agent that starts anew may take to find its runtimes and network before it says of a Ready node that it is not: pods run on meanwhile. */
const TAKE_OVER_MS = 10_000;

/** What a {@linkcode NodeRegistration} needs. */
export interface NodeRegistrationOptions {
  /** Its calls wait while the server is out of reach. */
  readonly client: Client;
  /** The node as it is now. */
  readonly facts: () => Promise<NodeFactsInput>;
  /** The object as a watch saw it last. */
  readonly observed: () => Node | undefined;
  /** Tells people what happened to the node. @default nobody is told */
  readonly events?: () => NodeEvents;
}

/**
 * Creates the Node when it is not there, and writes labels and status when they differ. Nothing is written to show that the node lives: the server
 * hears that on the link.
 */
export class NodeRegistration {
  readonly #host: Host;
  readonly #options: NodeRegistrationOptions;
  readonly #bell = new Bell();
  #writes = 0;
  /** Whether the Node was there since the link is up. */
  #registered = false;
  /** Whether the watch has shown it since: one that was only just made is not gone. */
  #isObserved = false;
  #startedMs = 0;
  /** Whether all that Ready needs was ever there under this agent. */
  #wasReady = false;
  /** Whether it was cordoned when it was seen last. */
  #wasUnschedulable: boolean | undefined;
  #isRebootTold = false;

  constructor(host: Host, options: NodeRegistrationOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** How often it wrote. */
  get writes(): number {
    return this.#writes;
  }

  /** Call it when something about the node may have changed, here or in the API. */
  changed(): void {
    this.#bell.ring();
  }

  /** Call it when the link is up (again): a Node that is gone is made anew then, and only then. */
  connected(): void {
    this.#registered = false;
    this.#isObserved = false;
    this.#bell.ring();
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#startedMs = this.#host.clock.monotonicMs();
    this.#options.events?.().normal("Starting", "Starting kubelet.");
    let retryMs: number = RETRY_MS.first;
    while (!signal.aborted) {
      const seen = this.#bell.rings;
      try {
        const ready = await this.#pass(signal);
        retryMs = RETRY_MS.first;
        await (ready
          ? this.#bell.after(seen, signal)
          : this.#lookAgain(seen, signal));
      } catch (error) {
        if (signal.aborted) return;
        this.#host.log("warn", "Could not register the node", {
          error: messageOf(error),
        });
        await this.#host.clock.sleep(retryMs, signal).catch(() => {});
        retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
      }
    }
  }

  /** Until something rings, or for a moment: a runtime that comes back does not ring. */
  async #lookAgain(seen: number, signal: AbortSignal): Promise<void> {
    const wait = new AbortController();
    const either = AbortSignal.any([signal, wait.signal]);
    try {
      await Promise.race([
        this.#bell.after(seen, either),
        this.#host.clock.sleep(NOT_READY_LOOK_MS, either),
      ]);
    } finally {
      wait.abort();
    }
  }

  /** Brings the API up to date. @returns whether all that the node needs to be Ready is there */
  async #pass(signal: AbortSignal): Promise<boolean> {
    const input = await this.#options.facts();
    const ready = input.networkReady &&
      input.runtimes.every((runtime) => runtime.ready);
    let node = this.#options.observed();
    if (!node) {
      // As with kubelet, whoever deletes the Node of a running agent wants it gone.
      if (this.#registered) {
        this.#tellGone(input.name);
        return ready;
      }
      node = await this.#obtain(input, signal);
      if (!node) return ready;
    } else this.#isObserved = true;
    this.#registered = true;
    this.#tellSchedulable(node);
    this.#wasReady ||= ready;
    if (this.#takesOver(node)) return ready;
    await this.#writeLabels(input, { node, signal });
    await this.#writeStatus(input, { node, signal });
    return ready;
  }

  /** Says it once: who wonders why no pods come reads it in the log, where kubelet says it too. */
  #tellGone(node: string): void {
    if (!this.#isObserved) return;
    this.#isObserved = false;
    this.#host.log(
      "warn",
      "The Node was deleted: it is made anew when the agent starts or connects again",
      { node },
    );
  }

  /** Whether this agent has only just started on a node that was Ready with the one before it. */
  #takesOver(node: Node): boolean {
    const startedAgoMs = this.#host.clock.monotonicMs() - this.#startedMs;
    if (this.#wasReady || startedAgoMs >= TAKE_OVER_MS) return false;
    return (node.status?.conditions ?? []).some(({ type, status }) =>
      type === "Ready" && status === "True"
    );
  }

  /** The Node as it is, or made; undefined where others make it and have not yet. */
  async #obtain(
    input: NodeFactsInput,
    signal: AbortSignal,
  ): Promise<Node | undefined> {
    const { client } = this.#options;
    try {
      return await client.get(NODES, { name: input.name }, signal);
    } catch (error) {
      if (!hasStatusCode(error, 404)) throw error;
    }
    if (input.options?.register === false) return undefined;
    this.#writes++;
    return await client.create(NODES, newNode(input), { signal });
  }

  async #writeLabels(
    input: NodeFactsInput,
    { node, signal }: { node: Node; signal: AbortSignal },
  ): Promise<void> {
    const wanted = nodeLabels(input);
    const has = node.metadata.labels ?? {};
    const labels: Record<string, string | null> = {};
    for (const [key, value] of Object.entries(wanted)) {
      if (has[key] !== value) labels[key] = value;
    }
    // A runtime that is gone must not attract pods.
    for (const key of Object.keys(has)) {
      if (isRuntimeLabel(key) && !(key in wanted)) {
        labels[key] = null;
      }
    }
    const annotations = nodeAnnotations(input);
    const told = node.metadata.annotations ?? {};
    const same = Object.keys(labels).length === 0 &&
      Object.keys(annotations).every((key) => told[key] === annotations[key]);
    if (same) return;
    this.#writes++;
    await this.#options.client.patch(NODES, { name: input.name }, {
      type: "strategic",
      body: { metadata: { labels, annotations } },
      signal,
    });
  }

  async #writeStatus(
    input: NodeFactsInput,
    { node, signal }: { node: Node; signal: AbortSignal },
  ): Promise<void> {
    const now = `${
      new Date(this.#host.clock.now()).toISOString().slice(0, 19)
    }Z`;
    const status = computeNodeStatus(input, { previous: node.status, now });
    if (sameStatus(node.status, status)) return;
    this.#writes++;
    await this.#options.client.patch(NODES, { name: input.name }, {
      type: "strategic",
      body: { status: patchOf(node.status, status) },
      subresource: "status",
      signal,
    });
    this.#tellStatus(input, { before: node.status, after: status });
  }

  #tellStatus(
    { name, machine }: NodeFactsInput,
    { before, after }: { before: NodeStatus | undefined; after: NodeStatus },
  ): void {
    const events = this.#options.events?.();
    for (const reason of conditionEvents(before, after)) events?.status(reason);
    const { bootID } = before?.nodeInfo ?? {};
    if (!bootID || bootID === machine.bootId || this.#isRebootTold) return;
    this.#isRebootTold = true;
    events?.warning(
      "Rebooted",
      `Node ${name} has been rebooted, boot id: ${machine.bootId}`,
    );
  }

  #tellSchedulable({ spec }: Node): void {
    const { unschedulable = false } = spec;
    const before = this.#wasUnschedulable;
    this.#wasUnschedulable = unschedulable;
    if (before === undefined || before === unschedulable) return;
    this.#options.events?.().status(
      unschedulable ? "NodeNotSchedulable" : "NodeSchedulable",
    );
  }
}

/** A merge: resources and features that are gone have to be named. */
function patchOf(
  has: NodeStatus | undefined,
  wants: NodeStatus,
): Record<string, unknown> {
  const gone = (
    before: Readonly<Record<string, string>> = {},
    after: Readonly<Record<string, string>> = {},
  ) =>
    Object.fromEntries(
      Object.keys(before).filter((key) => !(key in after))
        .map((key) => [key, null]),
    );
  return {
    ...wants,
    capacity: { ...gone(has?.capacity, wants.capacity), ...wants.capacity },
    allocatable: {
      ...gone(has?.allocatable, wants.allocatable),
      ...wants.allocatable,
    },
    addresses: addressesPatch(has?.addresses ?? [], wants.addresses ?? []),
  };
}

/** The strategic patch merges addresses by type, and of two of a type only one would be left: then the list is replaced. */
function addressesPatch(
  has: readonly NodeAddress[],
  wants: readonly NodeAddress[],
): unknown[] {
  return has.length === 0 || sameJson(has, wants)
    ? [...wants]
    : [...wants, { $patch: "replace" }];
}

/** Whether the API has it already. Times of heartbeats do not count: they would make a write by themselves. */
function sameStatus(has: NodeStatus | undefined, wants: NodeStatus): boolean {
  if (!has) return false;
  const fields = [
    "capacity",
    "allocatable",
    "addresses",
    "nodeInfo",
    "images",
    "features",
    "runtimeHandlers",
    "volumesInUse",
    "declaredFeatures",
  ] as const;
  if (
    !fields.every((field) => sameJson(has[field] ?? [], wants[field] ?? []))
  ) {
    return false;
  }
  return (wants.conditions ?? []).every((wanted) => {
    const there = has.conditions?.find(({ type }) => type === wanted.type);
    return there?.status === wanted.status && there.reason === wanted.reason &&
      there.message === wanted.message;
  });
}
