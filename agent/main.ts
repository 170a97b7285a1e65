/**
 * The node agent. Importing it does nothing: {@linkcode startAgent} starts one, on a real machine as in the simulation.
 *
 * @module
 */
import { messageOf, Stopped } from "../src/base/errors.ts";
import { type Host, HostError, type HttpServer } from "../src/base/host.ts";
import { RestClient } from "../src/client/rest_client.ts";
import { ClusterView } from "./cluster_view.ts";
import { ServerLink } from "./link/dial.ts";
import { parseJoinToken } from "./link/join_token.ts";
import {
  type Answers,
  localRequest,
  machineRequest,
  serverRequest,
} from "./link/requests.ts";
import { unlessAborted } from "./container/race.ts";
import { findNodeAddress } from "./node/addresses.ts";
import { DEFAULT_MAX_PODS, nodeCapacity } from "./node/capacity.ts";
import { Checkpoint, type NodeCheckpoint } from "./node/checkpoint.ts";
import { Identity } from "./node/identity.ts";
import { readMachine } from "./node/machine.ts";
import type { NodeFactsInput } from "./node/node_status.ts";
import { clusterCidrAround, serviceCidrBeside } from "./node/ranges.ts";
import { NodeRegistration } from "./node/register.ts";
import { NodePods } from "./node_pods.ts";
import {
  type Agent,
  type AgentOptions,
  type AgentProxy,
  HEALTH_ADDRESS,
} from "./options.ts";
import { RuntimeSet } from "./runtime/select.ts";
import { stopAllPods } from "./stop_all_pods.ts";

export type { Agent, AgentOptions, AgentParts } from "./options.ts";

/** How long, in milliseconds, a starting agent waits for its server before it works from its checkpoint. */
const CONTACT_MS = 2_000;

/**
 * Starts an agent on this machine.
 *
 * It resolves when the agent works: pods of the checkpoint are being taken over, the server is being dialled.
 *
 * @throws {HostError} `in-use` when another agent runs in this network namespace or on this data folder
 * @throws when the join token is malformed, or there is neither a server nor one that the node joined before
 */
export async function startAgent(
  host: Host,
  options: AgentOptions,
): Promise<Agent> {
  await using building = new AsyncDisposableStack();
  const stop = new AbortController();
  const { signal } = stop;
  building.defer(() => stop.abort(new Stopped("The agent stops")));
  const token = options.token ? parseJoinToken(options.token) : undefined;

  // Locks first: nothing may be touched that another agent works with.
  const socketPath = `${options.dataDir}/agent.sock`;
  await host.disk.mkdir(options.dataDir, { mode: 0o700 });
  building.use(await lockDataDir(host, options.dataDir));
  let answers: Answers | undefined;
  const health = options.healthAddress === undefined
    ? HEALTH_ADDRESS
    : options.healthAddress;
  if (health) {
    building.use(
      await serveHealth(host, {
        at: health,
        handler: (request) =>
          answers ? machineRequest(answers, request) : starting(),
      }),
    );
  }

  const identity = await Identity.load(host, options.dataDir);
  const server = options.server ?? identity.server;
  if (!server) {
    throw new Error(
      "Could not start the agent: no server is given and the node has joined none before",
    );
  }
  await identity.setServer(server);
  if (!token && !identity.joined) {
    throw new Error(
      "Could not start the agent: a node that has not joined yet needs a join token",
    );
  }
  const checkpoint = new Checkpoint(host, {
    dataDir: options.dataDir,
    sealKey: identity.sealKey,
  });
  const known = await checkpoint.load();
  const parts = await options.parts(host, options);
  // The parts may need their runtimes to clean up, so those are closed after them.
  for (const runtime of parts.runtimes) building.use(runtime);
  if (parts.dispose) building.defer(() => parts.dispose!());
  const runtimes = new RuntimeSet(parts.runtimes, {
    ...(parts.defaultRuntime && { default: parts.defaultRuntime }),
  });

  const machine = options.machine ?? await readMachine(host, options.dataDir);
  const address = options.nodeIp ?? await findNodeAddress(host);
  const maxPods = options.maxPods ?? DEFAULT_MAX_PODS;
  const { allocatable } = nodeCapacity(machine, { maxPods });
  let ranges: NodeCheckpoint = known.node;
  let networkReady = parts.network === undefined;

  const link: ServerLink = new ServerLink(host, {
    server,
    node: options.nodeName,
    identity,
    ...(token && { token }),
    handler: (request) =>
      answers ? serverRequest(answers, request) : starting(),
    onUp: ({ clusterCidr, serviceCidr }) => {
      ranges = {
        ...ranges,
        ...(clusterCidr && { clusterCidr }),
        ...(serviceCidr && { serviceCidr }),
      };
      registration.changed();
    },
  });
  const client = new RestClient(link.transport);
  const view: ClusterView = new ClusterView(host, {
    client,
    nodeName: options.nodeName,
    known,
    onServices: () => {
      if (view?.hasServices) {
        checkpoint.saveServices(view.services(), view.slices());
      }
      pods?.endpoints.clusterChanged();
    },
  });
  const facts = async (): Promise<NodeFactsInput> => ({
    name: options.nodeName,
    machine,
    address,
    maxPods,
    labels: options.labels ?? {},
    networkReady,
    runtimes: await Promise.all(
      runtimes.all.map(async (runtime) => ({
        name: runtime.name,
        ...await runtime.status(),
      })),
    ),
    images: (await Promise.all(
      runtimes.all.map((runtime) => runtime.listImages()),
    )).flat(),
  });
  const registration = new NodeRegistration(host, {
    client,
    facts,
    observed: () => view.nodeObject(),
  });
  const pods: NodePods | undefined = new NodePods(host, {
    dataDir: options.dataDir,
    nodeName: options.nodeName,
    client,
    runtimes,
    view,
    checkpoint,
    known,
    facts: () => ({
      hostIPs: [address],
      allocatable,
      memoryBytes: machine.memoryBytes,
    }),
    isUp: () => link.isUp,
    onImage: () => registration.changed(),
    signal,
  });
  await pods.manager.takeStock();

  let proxy: AgentProxy | undefined;
  const startedMs = host.clock.monotonicMs();
  answers = {
    now: () => host.clock.now(),
    pods: () => pods.pods(),
    pod: (namespace, name) => {
      const record = pods.manager.records().find(({ key }) =>
        key === `${namespace}/${name}`
      );
      return record && {
        name,
        runtime: record.runtime,
        status: record.lastStatus,
      };
    },
    state: () => ({
      node: options.nodeName,
      forMs: host.clock.monotonicMs() - startedMs,
      link: link.state(),
      networkReady,
      podCIDR: ranges.podCIDR,
      nodeWrites: registration.writes,
      ...pods.state(),
      ...(proxy && { proxy: proxy.state() }),
    }),
    ...(options.localSocket !== false && { socketPath }),
    ...(parts.importImage && {
      importImage: async (path: string) => {
        const images = await parts.importImage!(path);
        registration.changed();
        return images;
      },
    }),
  };
  if (options.localSocket !== false) {
    await host.disk.remove(socketPath); // left by an agent that was killed
    building.use(
      await host.net.serve((request) => localRequest(answers!, request), {
        at: { path: socketPath },
      }),
    );
    await host.disk.chmod(socketPath, 0o600);
  }

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
  view.start(host, signal);
  host.spawn("register", () => registration.run(signal));
  view.node.onChange(() => registration.changed());

  host.spawn("pods", async () => {
    try {
      await runPods();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  });

  /** Brings network, pods and proxy up, in this order, as soon as each can be. */
  async function runPods(): Promise<void> {
    const contact = contactSoon(host, {
      view,
      contactMs: options.contactMs ?? CONTACT_MS,
      signal,
    });
    const podCidr = await configureNetwork();
    await contact;
    const handled = new Set<string>();
    if (!view.pods.hasSynced) {
      host.log("info", "Working from the checkpoint", {
        pods: known.pods.length,
        podCidr,
      });
      for (const pod of known.pods) {
        handled.add(pod.metadata.uid!);
        pods!.set(pod);
      }
    }
    view.pods.onChange(({ object, previous }) => {
      if (signal.aborted) return;
      const gone = previous?.metadata.uid !== object?.metadata.uid
        ? previous?.metadata.uid
        : undefined;
      if (gone !== undefined) pods!.remove(gone);
      if (object) pods!.set(object);
    });
    // Only now: services must not lose the endpoints on this node while the agent takes its pods over.
    await startProxy();
    await view.pods.synced(signal);
    // Everything is known now: what was started from the checkpoint and is not there any more was deleted meanwhile.
    const there = new Set(view.pods.list().map(({ metadata }) => metadata.uid));
    for (const pod of known.pods) {
      const uid = pod.metadata.uid!;
      if (there.has(uid)) continue;
      if (!handled.has(uid)) pods!.set(pod); // so that it ends gracefully
      pods!.remove(uid);
    }
    pods!.manager.removeOrphans();
  }

  /** Waits until the node's pod range is known, from the checkpoint or the API, and follows its changes. */
  async function configureNetwork(): Promise<string | undefined> {
    if (!parts.network) return undefined;
    const ready = Promise.withResolvers<string>();
    const apply = (podCidr: string) => {
      const clusterCidr = ranges.clusterCidr ?? options.clusterCidr ??
        clusterCidrAround(podCidr);
      if (networkReady && ranges.podCIDR === podCidr) return;
      host.spawn("network", async () => {
        await parts.network!.configure({ podCidr, clusterCidr });
        networkReady = true;
        ranges = { ...ranges, podCIDR: podCidr, clusterCidr };
        await checkpoint.saveNode(ranges);
        ready.resolve(podCidr);
        registration.changed();
      });
    };
    if (known.node.podCIDR) apply(known.node.podCIDR);
    view.node.onChange(({ object }) => {
      if (object?.spec.podCIDR && !signal.aborted) apply(object.spec.podCIDR);
    });
    return await unlessAborted(ready.promise, signal);
  }

  async function startProxy(): Promise<void> {
    if (!parts.startProxy) return;
    const serviceCidr = ranges.serviceCidr ?? options.serviceCidr ??
      serviceCidrBeside(ranges.podCIDR);
    proxy = await parts.startProxy(pods!.endpoints, { serviceCidr });
  }

  const running = building.move();
  let closed: Promise<void> | undefined;
  return {
    failed: failed.promise,
    state: () => answers!.state(),
    close: ({ stopPods = false } = {}) =>
      closed ??= (async () => {
        stop.abort(new Stopped("The agent stops"));
        await pods!.manager.close();
        if (stopPods) await stopAllPods(host, pods!.manager.records());
        await pods!.events[Symbol.asyncDispose]();
        await proxy?.[Symbol.asyncDispose]();
        await running.disposeAsync();
      })(),
  };
}

function starting(): Response {
  return new Response("The agent is starting", { status: 503 });
}

/** Resolves when the API has told of this node's pods, or after `contactMs`. */
async function contactSoon(host: Host, options: {
  readonly view: ClusterView;
  readonly contactMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const late = new AbortController();
  const timer = host.clock.after(
    options.contactMs,
    () => late.abort(new Stopped("The wait is over")),
  );
  try {
    await options.view.pods.synced(
      AbortSignal.any([late.signal, options.signal]),
    );
  } catch {
    options.signal.throwIfAborted();
  } finally {
    timer.cancel();
  }
}

async function lockDataDir(
  host: Host,
  dataDir: string,
): Promise<AsyncDisposable> {
  try {
    return await host.disk.lock(`${dataDir}/agent.lock`);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "in-use") throw error;
    throw new HostError(
      "in-use",
      `Could not start the agent: another one works in "${dataDir}"`,
      { cause: error },
    );
  }
}

async function serveHealth(host: Host, options: {
  readonly at: { readonly hostname: string; readonly port: number } | {
    readonly path: string;
  };
  readonly handler: (request: Request) => Response;
}): Promise<HttpServer> {
  try {
    return await host.net.serve(options.handler, { at: options.at });
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "in-use") throw error;
    const { at } = options;
    const where = "path" in at ? at.path : `${at.hostname}:${at.port}`;
    throw new HostError(
      "in-use",
      `Could not start the agent: ${where} is in use, so another agent (or a kubelet) runs on this machine or in this network namespace`,
      { cause: error },
    );
  }
}
