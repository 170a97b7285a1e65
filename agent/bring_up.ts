/**
 * Brings a node's parts up in the order in which each of them can be.
 *
 * @module
 */
import { messageOf } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { Uplink } from "./link/uplink.ts";
import type { CheckpointContent } from "./node/checkpoint.ts";
import type { NodeAddresses } from "./node/addresses.ts";
import type { NodeCare } from "./node/node_care.ts";
import type { NodeNetwork } from "./node/node_network.ts";
import type { NodeRegistration } from "./node/register.ts";
import type { NodePods } from "./node_pods.ts";
import type { AgentParts, AgentProxy } from "./options.ts";
import { PodSource } from "./pod/pod_source.ts";
import type { LocalSources } from "./pod/sources/mod.ts";
import type { Runtime } from "./runtime/runtime.ts";

/** How long, in milliseconds, a starting agent waits for its server before it works from its checkpoint. */
const CONTACT_MS = 2_000;

/** What {@linkcode bringUp} starts. */
export interface BringUpParts {
  readonly link: Uplink;
  readonly view: ClusterView;
  readonly registration: NodeRegistration;
  readonly addresses: NodeAddresses;
  readonly care: NodeCare;
  readonly network: NodeNetwork;
  readonly pods: NodePods;
  readonly sources: LocalSources;
  readonly runtimes: readonly Runtime[];
  /** What the checkpoint named. */
  readonly known: CheckpointContent;
  /** See {@linkcode AgentParts.startProxy}. */
  readonly startProxy: AgentParts["startProxy"];
  /** How long, in milliseconds, the server is waited for. @default 2000 */
  readonly contactMs?: number | undefined;
  /** Ends all that was started. */
  readonly signal: AbortSignal;
}

/** What goes on in an agent that was brought up. */
export interface Ongoing {
  /** Rejects when the server refuses this node. */
  readonly failed: Promise<never>;
  /** Resolves when everything is up, or was given up because the agent stops. */
  readonly up: Promise<void>;
  /** The service proxy; undefined until it works. */
  proxy(): AgentProxy | undefined;
}

/** Starts the parts that go on by themselves at once, and network, pods and proxy one after the other. */
export function bringUp(host: Host, parts: BringUpParts): Ongoing {
  const { link, registration, care, signal } = parts;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // whoever cares waits for it
  host.spawn("link", async () => {
    try {
      await link.run(signal);
    } catch (error) {
      host.log("error", "The server does not let this node in", {
        error: messageOf(error),
      });
      failed.reject(error);
    }
  });
  parts.view.start(host, signal);
  host.spawn("register", () => registration.run(signal));
  host.spawn("addresses", () => parts.addresses.run(signal));
  care.start(signal);
  parts.view.node.onChange(() => registration.changed());
  for (const runtime of parts.runtimes) {
    const watched = runtime.onAway?.(() => registration.changed());
    if (watched) {
      signal.addEventListener("abort", () => watched[Symbol.dispose]());
    }
  }
  let proxy: AgentProxy | undefined;
  const up = takeOver(host, parts, (started) => proxy = started);
  host.spawn("pods", () => up);
  return { failed: failed.promise, up, proxy: () => proxy };
}

async function takeOver(
  host: Host,
  parts: BringUpParts,
  onProxy: (proxy: AgentProxy | undefined) => void,
): Promise<void> {
  const { link, view, network, pods, sources, signal } = parts;
  const source = new PodSource(host, {
    informer: view.pods,
    known: parts.known.pods,
    contactMs: parts.contactMs ?? CONTACT_MS,
  });
  try {
    sources.start(signal);
    const contact = link.isAlone ? Promise.resolve() : source.contact(signal);
    contact.catch(() => {}); // looked at below, after the network
    await network.ready(view.node, signal);
    sources.networkReady();
    await contact;
    source.begin(pods, signal);
    pods.takenOver();
    // Only now: services must not lose the endpoints on this node while the agent takes its pods over.
    onProxy(await startProxy(host, parts));
    if (!link.isAlone) await source.complete(pods, signal);
    await sources.settled;
    await pods.removeOrphans();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** A node without its proxy still runs pods. */
async function startProxy(
  host: Host,
  { startProxy, pods, network }: BringUpParts,
): Promise<AgentProxy | undefined> {
  try {
    return await startProxy?.(pods.endpoints, network);
  } catch (error) {
    host.log("error", "Could not start the service proxy", {
      error: messageOf(error),
    });
  }
}
