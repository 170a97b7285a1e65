/**
 * The node agent. Importing it does nothing: {@linkcode startAgent} starts one, on a real machine as in the simulation.
 *
 * @module
 */
import { Stopped } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import { RestClient } from "../src/client/rest_client.ts";
import { admitHandlers } from "./admit_handlers.ts";
import { bringUp, type Ongoing } from "./bring_up.ts";
import { closeAgent } from "./close_agent.ts";
import { ClusterView } from "./cluster_view.ts";
import { Doors } from "./doors.ts";
import { openUplink, type Uplink } from "./link/uplink.ts";
import { NodeAddresses } from "./node/addresses.ts";
import {
  DEFAULT_MAX_PODS,
  nodeCapacity,
  podsMemoryBytes,
  reserveProblem,
} from "./node/capacity.ts";
import { Checkpoint } from "./node/checkpoint.ts";
import { Identity } from "./node/identity.ts";
import { readMachine } from "./node/machine.ts";
import { NodeCare } from "./node/node_care.ts";
import { NodeEvents } from "./node/node_events.ts";
import { NodeNetwork } from "./node/node_network.ts";
import { thresholdsOf } from "./node/node_options.ts";
import { KUBELET_VERSION, type NodeFactsInput } from "./node/node_status.ts";
import { ownRange } from "./node/ranges.ts";
import { runtimeFacts } from "./node/runtime_facts.ts";
import { NodeRegistration } from "./node/register.ts";
import { kubeletConfiguration } from "./kubelet_configuration.ts";
import { NodePods } from "./node_pods.ts";
import { makeNodeStats, statsAnswers } from "./node_stats.ts";
import { type Agent, type AgentOptions, HEALTH_ADDRESS } from "./options.ts";
import { podAnswers } from "./pod_answers.ts";
import { LocalSources } from "./pod/sources/mod.ts";
import { RuntimeSet } from "./runtime/select.ts";
import { SessionLimit } from "./streams/session_limit.ts";

export type { Agent, AgentOptions, AgentParts } from "./options.ts";

/**
 * Starts an agent on this machine.
 *
 * It resolves when the agent works: the runtimes were asked what they have, the server is being dialled.
 *
 * @throws {HostError} `in-use` when another agent runs in this network namespace or on this data folder
 * @throws when the join token is malformed, or there is neither a server, nor one that the node joined before, nor manifests of its own
 */
export async function startAgent(
  host: Host,
  options: AgentOptions,
): Promise<Agent> {
  await using building = new AsyncDisposableStack();
  const stop = new AbortController();
  const { signal } = stop;
  building.defer(() => stop.abort(new Stopped("The agent stops")));
  const { dataDir, nodeName } = options;

  // Locks first: nothing may be touched that another agent works with.
  const doors = building.use(
    await Doors.open(host, {
      dataDir,
      healthAddress: options.healthAddress === undefined
        ? HEALTH_ADDRESS
        : options.healthAddress,
      localSocket: options.localSocket ?? true,
    }),
  );
  const identity = await Identity.load(host, dataDir);
  const sessions = new SessionLimit();
  const link: Uplink = await openUplink(host, {
    node: nodeName,
    identity,
    ...(options.server && { server: options.server }),
    ...(options.token && { token: options.token }),
    ...(options.api && { api: options.api }),
    mayBeAlone: hasManifests(options),
    nodeUid: () => view.nodeObject()?.metadata.uid,
    handler: (request) => doors.server(request),
    onStream: async (stream) => {
      // Most nodes rest most of the time: what sessions need is loaded with the first.
      const { serveStream } = await import("./streams/mod.ts");
      await serveStream(stream, {
        host,
        limit: sessions,
        pod: (namespace, name) => pods.streamPod(namespace, name),
        isPodAddress: (ip) => pods.hasAddress(ip),
        serviceCidr: () => network.serviceCidr,
      });
    },
    onUp: (welcome) => {
      network.learn(welcome);
      host.spawn("addresses", () => addresses.look());
      registration.connected();
      pods.connected();
    },
  });
  const checkpoint = building.use(
    new Checkpoint(host, { dataDir, sealKey: identity.sealKey }),
  );
  const known = await checkpoint.load();
  const parts = await options.parts(host, options, link);
  // The parts may need their runtimes to clean up, so those are closed after them.
  for (const runtime of parts.runtimes) building.use(runtime);
  if (parts.dispose) building.defer(() => parts.dispose!());
  const runtimes = new RuntimeSet(parts.runtimes, {
    ...(parts.defaultRuntime && { default: parts.defaultRuntime }),
  });

  const machine = options.machine ?? await readMachine(host, dataDir);
  const addresses = await NodeAddresses.open(host, {
    ...options.nodeIp && { fixed: options.nodeIp.split(",") },
    onChange: () => {
      registration.changed();
      pods.addressesChanged();
    },
  });
  const nodeOptions = options.node ?? {};
  const localStorage = options.localStorage ?? `${dataDir}/storage`;
  const reserves = {
    ...nodeOptions,
    maxPods: options.maxPods ?? DEFAULT_MAX_PODS,
    thresholds: thresholdsOf(nodeOptions),
  };
  const problem = reserveProblem(machine, reserves);
  if (problem) throw new Error(`Could not start the agent: ${problem}`);
  const { allocatable } = nodeCapacity(machine, reserves);

  const network: NodeNetwork = new NodeNetwork(host, {
    ...(parts.network && {
      configure: (ranges) => parts.network!.configure(ranges),
    }),
    known: known.node,
    checkpoint,
    ...(link.isAlone && { podCidr: options.podCidr ?? ownRange(host) }),
    ...(options.clusterCidr && { clusterCidr: options.clusterCidr }),
    ...(options.serviceCidr && { serviceCidr: options.serviceCidr }),
    onReady: () => registration.changed(),
  });
  const client = new RestClient(link.transport);
  const view: ClusterView = new ClusterView(host, {
    client,
    nodeName,
    known,
    onServices: () => {
      if (view.hasServices) {
        checkpoint.saveServices(view.services(), view.slices());
      }
      pods.endpoints.clusterChanged();
    },
  });
  const care: NodeCare = new NodeCare(host, {
    dataDir,
    options: nodeOptions,
    memoryBytes: machine.memoryBytes,
    runtimes: runtimes.all,
    records: () => pods.manager.records(),
    isComplete: () => pods.isComplete,
    stats: () => stats,
    events: () => nodeEvents,
    podEvent: (pod, message) => pods.evicted(pod, message),
    onChange: () => registration.changed(),
  });
  const facts = async (): Promise<NodeFactsInput> => {
    const found = await runtimeFacts(runtimes.all);
    care.imagesSeen(found.images);
    return {
      ...found,
      pressures: care.pressures,
      isShuttingDown: care.shutdown.isShuttingDown,
      ...ownFacts(),
    };
  };
  const ownFacts = () => ({
    name: nodeName,
    machine,
    addresses: addresses.all,
    maxPods: reserves.maxPods,
    options: nodeOptions,
    localStorage,
    labels: options.labels ?? {},
    networkReady: network.isReady,
  });
  const registration: NodeRegistration = new NodeRegistration(host, {
    client,
    facts,
    observed: () => view.nodeObject(),
    events: () => nodeEvents,
  });
  const pods: NodePods = new NodePods(host, {
    dataDir,
    nodeName,
    client,
    runtimes,
    view,
    checkpoint,
    known,
    facts: () => ({
      hostIPs: addresses.all,
      allocatable,
      memoryBytes: machine.memoryBytes,
      podsMemoryBytes: podsMemoryBytes(machine, nodeOptions),
    }),
    localStorage,
    mayMount: parts.mayMount ?? false,
    isUp: () => link.isUp,
    ...(options.dns && { dns: options.dns }),
    ...(parts.cgroups && { cgroups: parts.cgroups }),
    ...(parts.hostPorts && { hostPorts: parts.hostPorts }),
    hostPortRanges: () => {
      const { podCidr, serviceCidr } = network;
      return podCidr === undefined ? undefined : { podCidr, serviceCidr };
    },
    ...(options.parallelPulls !== undefined &&
      { parallelPulls: options.parallelPulls }),
    admitHandlers: await admitHandlers(host, {
      options,
      machine,
      allocatable,
      care,
      view,
      runtimes: runtimes.all,
    }),
    onEnforced: () =>
      nodeEvents.normal(
        "NodeAllocatableEnforced",
        "Updated Node Allocatable limit across pods",
      ),
    onImage: () => {
      care.podsChanged();
      registration.changed();
    },
    shownBy: (pod) => sources.shownBy(pod),
    onGone: () => {
      care.podsChanged();
      sources.podGone();
    },
    signal,
  });
  const sources: LocalSources = new LocalSources(host, {
    manifests: options.manifests ?? {},
    dataDir,
    nodeName,
    client,
    informer: view.pods,
    nodes: view.node,
    known: known.pods,
    pods,
  });
  const nodeEvents = new NodeEvents(pods.events, nodeName);
  await pods.manager.takeStock();
  const stats = makeNodeStats(host, {
    dataDir,
    nodeName,
    runtimes: runtimes.all,
    pods: () => pods.manager.records(),
    volumePath: (pod, volume) => pods.volumePath(pod, volume),
  });

  let ongoing: Ongoing | undefined = undefined;
  const startedMs = host.clock.monotonicMs();
  const state = () => {
    const proxy = ongoing?.proxy();
    return ({
      node: nodeName,
      forMs: host.clock.monotonicMs() - startedMs,
      link: link.state(),
      networkReady: network.isReady,
      podCIDR: network.podCidr,
      nodeWrites: registration.writes,
      ...pods.state(),
      ...parts.state?.(),
      ...(proxy && { proxy: proxy.state() }),
    });
  };
  const { importImage } = parts;
  await doors.answer({
    ...podAnswers(host, {
      pods,
      sources,
      ...importImage && {
        importImage: async (path) => {
          const images = await importImage(path);
          registration.changed();
          return images;
        },
      },
    }),
    state,
    usage: statsAnswers(host, {
      nodeName,
      version: KUBELET_VERSION,
      machine,
      stats,
      pods: () => pods.manager.records(),
      probes: pods.probes,
      configuration: () => kubeletConfiguration(options),
    }),
    ...(doors.socketPath && { socketPath: doors.socketPath }),
  });

  ongoing = bringUp(host, {
    link,
    view,
    registration,
    addresses,
    care,
    network,
    pods,
    sources,
    runtimes: runtimes.all,
    known,
    startProxy: parts.startProxy,
    contactMs: options.contactMs,
    signal,
  });

  const closing = {
    care,
    pods,
    runtimes: runtimes.all,
    ongoing,
    stop,
    opened: building.move(),
  };
  let closed: Promise<void> | undefined;
  return {
    failed: ongoing.failed,
    state,
    close: ({ stopPods = false, shutDown = false } = {}) =>
      closed ??= closeAgent(host, closing, { stopPods, shutDown }),
  };
}

/** Whether there are pods that need no server. */
function hasManifests({ manifests = {} }: AgentOptions): boolean {
  return manifests.path !== undefined || manifests.url !== undefined;
}
