/**
 * Everything about the pods of this node, put together.
 *
 * @module
 */
import { sameJson } from "../src/api/equal.ts";
import type { ConfigMap } from "../src/api/core/config_map.ts";
import type { Pod } from "../src/api/core/pod.ts";
import type { Secret } from "../src/api/core/secret.ts";
import type { Volume } from "../src/api/core/volume.ts";
import { milliUnits } from "../src/api/quantity.ts";
import { messageOf } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import type { Client } from "../src/client/client.ts";
import { EventRecorder, referenceTo } from "../src/client/event_recorder.ts";
import type { ClusterView } from "./cluster_view.ts";
import { Limiter } from "./container/limiter.ts";
import type { PodEvents } from "./container/pod_events.ts";
import { NodeAdmission } from "./pod/admission/node_admission.ts";
import type { PodAdmitHandler } from "./pod/admission/handler.ts";
import type { Checkpoint, CheckpointContent } from "./node/checkpoint.ts";
import { ConfigCache } from "./pod/config_cache.ts";
import type { NodeDns } from "./pod/dns/pod_dns.ts";
import { NodeEndpoints } from "./pod/endpoint_source.ts";
import { PodManager } from "./pod/pod_manager.ts";
import type { PodRecord } from "./pod/pod_record.ts";
import { makePodServices, type NodeFacts } from "./pod/pod_services.ts";
import type { ConfigReference } from "./pod/references.ts";
import { PodTokens, type TokenWish } from "./pod/pod_tokens.ts";
import { NodeProbes } from "./probes/node_probes.ts";
import { requestToken } from "./pod/service_account_token.ts";
import { apiTime } from "./pod/status/container_statuses.ts";
import { isFinal } from "./pod/status/pod_status.ts";
import { StatusReporter } from "./pod/status_reporter.ts";
import { pullCredentials } from "./pod/pull_auth.ts";
import type { PullAuth } from "./container/image_puller.ts";
import type { PodServices } from "./pod/pod_work.ts";
import { HostPortFeed } from "./host_port_feed.ts";
import type { HostPortRanges, HostPorts } from "./network/host_ports.ts";
import type { PodCgroups } from "./runtime/cgroups/pod_cgroups.ts";
import type { Runtime } from "./runtime/runtime.ts";
import type { RuntimeSet } from "./runtime/select.ts";
import type { StreamPod } from "./streams/stream_parts.ts";
import { Claims } from "./volumes/claims.ts";
import { Mounts } from "./volumes/mounts.ts";
import { PodVolumes } from "./volumes/pod_volumes.ts";

/** How long, in milliseconds, a machine that goes down waits for the API to hear of it. */
const TELL_MS = 2_000;

/** Heavy calls to runtimes (sandbox, create, start) at once, over all pods. */
const PARALLEL_STARTS = 8;

/** What {@linkcode NodePods} is made from. */
export interface NodePodsOptions {
  readonly dataDir: string;
  readonly nodeName: string;
  readonly client: Client;
  readonly runtimes: RuntimeSet;
  readonly view: ClusterView;
  readonly checkpoint: Checkpoint;
  readonly known: CheckpointContent;
  readonly facts: () => NodeFacts;
  /** Folder of the volumes that this node makes for claims. */
  readonly localStorage: string;
  /** Whether volumes may be mounted. @default false */
  readonly mayMount?: boolean;
  readonly isUp: () => boolean;
  /** Where pods look up names. @default the node's own resolv.conf */
  readonly dns?: NodeDns;
  /** The pods' control groups; absent where there are none. */
  readonly cgroups?: PodCgroups;
  /** How many images are pulled at once. @default one after the other */
  readonly parallelPulls?: number;
  /** Opens ports of the node; absent where that cannot be done. */
  readonly hostPorts?: HostPorts;
  /** Addresses that such ports do not concern; undefined while they are not known. */
  readonly hostPortRanges: () => HostPortRanges | undefined;
  /** What pods that are new here have to pass. */
  readonly admitHandlers: readonly PodAdmitHandler[];
  /** Called when an image came onto the node. */
  readonly onImage: () => void;
  /** Called when the kernel keeps all pods together to what they may have. */
  readonly onEnforced: () => void;
  /** The object in the API that shows a pod; undefined where there is none now. */
  readonly shownBy: (pod: Pod) => Pod | undefined;
  /** Called when nothing of a pod is left. */
  readonly onGone: () => void;
  readonly signal: AbortSignal;
}

/** The pods: manager, statuses, configuration, endpoints and events. */
export class NodePods {
  readonly manager: PodManager;
  readonly endpoints: NodeEndpoints;
  readonly events: EventRecorder;
  /** What all probes share. */
  readonly probes: NodeProbes;
  readonly #host: Host;
  readonly #options: NodePodsOptions;
  readonly #reporter: StatusReporter;
  readonly #claims: Claims;
  readonly #config: ConfigCache;
  readonly #tokens: PodTokens;
  readonly #admission: NodeAdmission;
  readonly #hostPorts: HostPortFeed | undefined;
  readonly #mounts: (record: PodRecord) => Promise<void>;
  #isComplete = false;
  #isEnforced = false;
  readonly #volumes: PodVolumes;
  readonly #perRuntime: ReadonlyMap<Runtime, PodServices>;

  constructor(host: Host, options: NodePodsOptions) {
    this.#host = host;
    this.#options = options;
    this.probes = new NodeProbes(host, {
      address: () => options.facts().hostIPs[0],
    });
    const { client, runtimes, view, signal, checkpoint } = options;
    this.events = new EventRecorder(host, client, {
      component: "kubelet",
      node: options.nodeName,
    });
    this.#reporter = new StatusReporter(host, {
      client,
      context: () => ({
        now: host.clock.now(),
        hostIPs: options.facts().hostIPs,
      }),
      shownBy: options.shownBy,
      signal,
    });
    this.#config = new ConfigCache(host, {
      client,
      known: [
        ...options.known.configMaps.map((object) =>
          [referenceOf("configmaps", object), object] as const
        ),
        ...options.known.secrets.map((object) =>
          [referenceOf("secrets", object), object] as const
        ),
      ],
      isUp: options.isUp,
      onChange: (reference, object, uids) =>
        this.#configChanged(reference, object, uids),
      onUnused: (reference) =>
        host.spawn(
          "checkpoint",
          () => checkpoint.removeConfig(reference.kind, reference),
        ),
      signal,
    });
    this.#tokens = new PodTokens(host, {
      known: options.known.tokens,
      request: (pod, wish) => requestToken(client, pod, { ...wish, signal }),
      save: (tokens) =>
        host.spawn("checkpoint", () => checkpoint.saveTokens(tokens)),
      onDue: (uid) => {
        const record = this.manager.get(uid);
        if (record) this.#updateVolumes(record);
      },
      isUp: options.isUp,
      signal,
    });
    this.#claims = new Claims(host, {
      client,
      known: options.known.claims,
      save: (claims) =>
        host.spawn("checkpoint", () => checkpoint.saveClaims(claims)),
      nodeLabels: () => view.nodeObject()?.metadata.labels,
      storageDir: options.localStorage,
      ...(options.mayMount && { mounts: new Mounts(host) }),
      signal,
    });
    const admission = new NodeAdmission({
      handlers: options.admitHandlers,
      records: () => this.manager.records(),
      known: options.known.pods,
      events: this.#podEvents(),
      refreshNode: (until) => view.refreshNode(until),
      onAdmitted: (pod) => host.spawn("checkpoint", () => this.#save(pod)),
    });
    this.#admission = admission;
    this.#hostPorts = options.hostPorts && new HostPortFeed(host, {
      ports: options.hostPorts,
      records: () => this.manager.records(),
      ranges: options.hostPortRanges,
    });
    const volumes = new PodVolumes(host, {
      dataDir: options.dataDir,
      ...(options.mayMount && { mounts: new Mounts(host) }),
    });
    this.#volumes = volumes;
    const parts = {
      host,
      dataDir: options.dataDir,
      volumes,
      claims: this.#claims,
      events: this.#podEvents(),
      source: this.#config,
      limiter: new Limiter(PARALLEL_STARTS),
      probes: this.probes,
      facts: options.facts,
      // Without contact, a pod from the checkpoint starts with what was known then.
      services: ({ metadata }: Pod) =>
        view.servicesFor(metadata.namespace!) ??
          (admission.wasAdmitted(metadata.uid!) ? [] : undefined),
      token: (pod: Pod, wish: TokenWish) => this.#tokens.get(pod, wish),
      pullAuth: (pod: Pod, image: string) => this.#pullAuth(pod, image),
      canOpenPorts: options.hostPorts !== undefined,
      ...(options.parallelPulls !== undefined &&
        { parallelPulls: options.parallelPulls }),
      runtimeHandler: (pod: Pod) => runtimes.handlerFor(pod),
      admission,
      ...(options.dns && { dns: options.dns }),
      ...(options.cgroups && { cgroups: this.#cgroups(options.cgroups) }),
      saveFinalStatus: (record: PodRecord) => this.#saveFinal(record),
      finish: (record: PodRecord, until: AbortSignal) =>
        this.#reporter.finish(record, until),
    };
    const perRuntime = new Map(
      runtimes.all.map((runtime) => [runtime, makePodServices(parts, runtime)]),
    );
    this.#perRuntime = perRuntime;
    this.#mounts = (record) =>
      perRuntime.get(record.runtime)?.volumes.mount(record) ??
        Promise.resolve();
    this.manager = new PodManager(host, {
      runtimes: runtimes.all,
      select: (pod) => runtimes.select(pod),
      servicesFor: (runtime) =>
        perRuntime.get(runtime) ?? makePodServices(parts, runtime),
      initialStatus: (pod) =>
        options.known.pods.find(({ metadata, status }) =>
          metadata.uid === pod.metadata.uid && isFinal(status)
        )?.status ?? pod.status,
      wasAdmitted: (uid) => admission.wasAdmitted(uid),
      onChange: (record) => {
        this.#reporter.changed(record);
        this.#hostPorts?.changed();
        this.endpoints.podChanged();
      },
      onGone: (record) => this.#gone(record),
      signal,
    });
    this.endpoints = new NodeEndpoints({
      node: options.nodeName,
      services: () => view.services(),
      slices: () => view.slices(),
      records: () => this.manager.records(),
    });
  }

  /** This pod is to be here. */
  set(pod: Pod): void {
    this.#config.retain(pod);
    const record = this.manager.get(pod.metadata.uid!);
    const told = record && !sameJson(downwardOf(record.pod), downwardOf(pod));
    this.manager.set(pod);
    if (record && told) this.#updateVolumes(record);
    this.#host.spawn("checkpoint", () => this.#save(pod));
  }

  /** What the API has of this pod, or shows it by, is another object or another version. */
  shown(uid: string): void {
    const record = this.manager.get(uid);
    if (record) this.#reporter.changed(record);
  }

  /** Whether there is a pod of this name (`namespace/name`), be it on its way out. */
  isHeld(key: string): boolean {
    return this.manager.records().some((record) => record.key === key);
  }

  /** This pod's object is gone. */
  remove(uid: string): void {
    this.manager.remove(uid);
    if (!this.manager.get(uid)) this.#forget(uid);
  }

  /** All pods are known now: what belongs to none of them is taken off the node, sandboxes as well as folders that lost theirs in a power cut. */
  async removeOrphans(): Promise<void> {
    this.#isComplete = true;
    this.#admission.allKnown();
    const removing = this.manager.removeOrphans();
    for (const uid of this.#claims.uids) {
      if (!this.manager.get(uid) && !removing.has(uid)) this.#forgetClaims(uid);
    }
    for (const uid of await this.#volumes.uids()) {
      // Asked now, not before the list: a pod that came meanwhile has its folder.
      if (this.manager.get(uid) || removing.has(uid)) continue;
      this.#host.log("info", "Removing a folder that no pod wants", { uid });
      await this.#options.cgroups?.remove(uid);
      // Whose runtime it was is not known any more.
      for (const { volumes } of this.#perRuntime.values()) {
        await volumes.remove(uid);
      }
    }
  }

  /** Where a volume of a pod lies on the node; undefined while it is not made. */
  volumePath({ metadata }: Pod, { name }: Volume): string | undefined {
    return this.#volumes.ready(metadata.uid!, name)?.path;
  }

  /** Unmounts what pods have in memory or bound; they have been stopped. */
  async unmountVolumes(): Promise<void> {
    try {
      await this.#volumes.unmountAll();
    } catch (error) {
      this.#host.log("error", "Could not unmount the pods' volumes", {
        error: messageOf(error),
      });
    }
  }

  /** Removes the control groups of all pods, also of those that this agent had not been told of yet; they have been stopped. */
  async removeCgroups(): Promise<void> {
    const { cgroups } = this.#options;
    if (!cgroups) return;
    const uids = new Set(this.manager.records().map(({ uid }) => uid));
    for (const uid of await this.#volumes.uids()) uids.add(uid);
    for (const uid of uids) {
      try {
        await cgroups.remove(uid);
      } catch (error) {
        this.#host.log("warn", "Could not remove a pod's control groups", {
          uid,
          error: messageOf(error),
        });
      }
    }
  }

  /** Removes the folder of a volume whose claim is gone. @throws {Error} when a pod here still has it */
  async removeLocalVolume(path: string): Promise<void> {
    await this.#claims.removeFolder(path);
  }

  /** The pods that were here before have all been told of: their ports are those that count. */
  takenOver(): void {
    this.#hostPorts?.begin();
  }

  /** There is contact with the server again. */
  connected(): void {
    this.#tokens.connected();
  }

  /** Whether all pods of the node are known. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Tells why the node ends a pod. */
  evicted(pod: Pod, message: string): void {
    const words = { type: "Warning", reason: "Evicted", message } as const;
    this.#podEvents().event(pod, words);
  }

  /** Resolves when the API has been told all there is, or after a moment. */
  async told(): Promise<void> {
    const { clock } = this.#host;
    const untilMs = clock.monotonicMs() + TELL_MS;
    await clock.sleep(0);
    while (this.#reporter.unsent > 0 && clock.monotonicMs() < untilMs) {
      await clock.sleep(20);
    }
    await Promise.race([this.events.flush(), clock.sleep(TELL_MS)]);
  }

  /** The node has other addresses: the statuses of its pods tell them. */
  addressesChanged(): void {
    for (const record of this.manager.records()) this.#reporter.changed(record);
    this.endpoints.podChanged();
  }

  /** Images came onto the node: pods that wait for one look again. */
  imagesChanged(): void {
    for (const record of this.manager.records()) record.references.ring();
  }

  /** A pod that a session is wanted with. */
  streamPod(namespace: string, name: string): StreamPod | undefined {
    const key = `${namespace}/${name}`;
    const record = this.manager.records().find((one) => one.key === key);
    return record && {
      uid: this.#options.shownBy(record.pod)?.metadata.uid ?? record.uid,
      runtime: record.runtime,
      sandbox: record.sandbox,
      runningContainer: (container) =>
        record.attempts(container)
          .find(({ state }) => state === "running")?.id,
    };
  }

  /** Whether an address is that of a pod here; the node's own while pods use its network. */
  hasAddress(address: string): boolean {
    const hostIPs = this.#options.facts().hostIPs;
    return this.manager.records().some(({ pod, sandbox }) =>
      (pod.spec.hostNetwork ? hostIPs : sandbox?.ips ?? []).includes(address)
    );
  }

  /** The pods with their newest statuses, as `/pods` shows them. */
  pods(): Pod[] {
    return this.manager.records().map(({ pod, lastStatus }) =>
      lastStatus ? { ...pod, status: lastStatus } : pod
    );
  }

  /** For `/debug/state`. */
  state(): Record<string, unknown> {
    return {
      pods: this.manager.state(),
      statuses: this.#reporter.state(),
      probes: this.probes.state(),
      config: this.#config.state(),
      checkpoint: { writes: this.#options.checkpoint.writes },
    };
  }

  #cgroups(cgroups: PodCgroups): PodServices["cgroups"] {
    return {
      layout: cgroups.layout,
      ensure: async ({ pod }) => {
        const { allocatable, memoryBytes, podsMemoryBytes } = this.#options
          .facts();
        await cgroups.ensure(pod, {
          pods: this.manager.records().filter(({ ended }) => !ended)
            .map((record) => record.pod),
          milliCpu: milliUnits(allocatable.cpu ?? "0"),
          memoryBytes: podsMemoryBytes ?? memoryBytes,
        });
        if (this.#isEnforced) return;
        this.#isEnforced = true;
        this.#options.onEnforced();
      },
      remove: (uid) => cgroups.remove(uid),
    };
  }

  async #pullAuth(pod: Pod, image: string): Promise<readonly PullAuth[]> {
    const { credentials, missing } = await pullCredentials(
      this.#config,
      pod,
      image,
    );
    if (missing.length > 0) {
      this.#podEvents().event(pod, {
        type: "Warning",
        reason: "FailedToRetrieveImagePullSecret",
        message: `Unable to retrieve some image pull secrets (${
          missing.join(", ")
        }); attempting to pull the image may not succeed.`,
      });
    }
    return credentials;
  }

  #podEvents(): PodEvents {
    return {
      event: (pod, { type, reason, message, container, init }) => {
        const { ephemeralContainers = [] } = pod.spec;
        const list = init
          ? "initContainers"
          : ephemeralContainers.some(({ name }) => name === container)
          ? "ephemeralContainers"
          : "containers";
        this.events.record({
          ...referenceTo({ ...pod, apiVersion: "v1", kind: "Pod" }),
          ...(container && { fieldPath: `spec.${list}{${container}}` }),
        }, { type, reason, message });
        if (reason === "Pulled") this.#options.onImage();
      },
    };
  }

  async #save(pod: Pod): Promise<void> {
    const record = this.manager.get(pod.metadata.uid!);
    // What the checkpoint names was taken by this node: the next agent does not ask again.
    if (!record?.isAdmitted) return;
    const startTime = apiTime(record.startTime); // as the API will have it: the same text is not written again
    const { lastStatus } = record;
    const status = record.ended && lastStatus
      ? lastStatus
      : { startTime, ...pod.status };
    await this.#options.checkpoint.savePod({ ...pod, status });
  }

  /** After a restart nothing but this tells how the pod ended, once its containers are gone. */
  async #saveFinal(record: PodRecord): Promise<void> {
    await Promise.resolve(); // the reporter computes the final status in a microtask
    const { lastStatus, failure } = record;
    if (!lastStatus || record.removed || failure?.untilBoot) return;
    await this.#options.checkpoint.savePod({
      ...record.pod,
      status: lastStatus,
    });
  }

  #gone(record: PodRecord): void {
    this.#reporter.forget(record.uid);
    this.#forget(record.uid);
    this.endpoints.podChanged();
    this.#options.onGone();
    this.#hostPorts?.changed();
  }

  #forget(uid: string): void {
    this.probes.counts.forget(uid);
    const { checkpoint } = this.#options;
    this.#config.release(uid);
    this.#tokens.forget(uid);
    this.#forgetClaims(uid);
    this.#host.spawn("checkpoint", async () => {
      await checkpoint.removePod(uid);
      await checkpoint.removeTokens(uid);
    });
  }

  #forgetClaims(uid: string): void {
    this.#claims.forget(uid);
    this.#host.spawn(
      "checkpoint",
      () => this.#options.checkpoint.removeClaims(uid),
    );
  }

  #configChanged(
    reference: ConfigReference,
    object: ConfigMap | Secret | undefined,
    uids: readonly string[],
  ): void {
    const { checkpoint } = this.#options;
    this.#host.spawn("checkpoint", () => {
      if (!object) return checkpoint.removeConfig(reference.kind, reference);
      return reference.kind === "secrets"
        ? checkpoint.saveSecret(object)
        : checkpoint.saveConfigMap(object);
    });
    for (const uid of uids) {
      const record = this.manager.get(uid);
      if (!record) continue;
      record.references.ring();
      this.#updateVolumes(record);
    }
  }

  /** Mounted files follow what they show while the pod runs; a pod that is not so far yet makes them by itself. */
  #updateVolumes(record: PodRecord): void {
    if (!record.sandbox || record.terminating) return;
    this.#host.spawn("update-volumes", () => this.#update(record));
  }

  async #update(record: PodRecord): Promise<void> {
    try {
      await this.#mounts(record);
    } catch (error) {
      if (this.#options.signal.aborted) return;
      // As in kubelet, a pod keeps the files that it has when the object goes away.
      this.#host.log("info", "Could not update a pod's volumes", {
        pod: record.key,
        error: messageOf(error),
      });
    }
  }
}

/** What a pod's own files can show of it that may change. */
function downwardOf({ metadata }: Pod): unknown {
  return [metadata.labels ?? {}, metadata.annotations ?? {}];
}

function referenceOf(
  kind: ConfigReference["kind"],
  object: ConfigMap | Secret,
): ConfigReference {
  return {
    kind,
    namespace: object.metadata.namespace!,
    name: object.metadata.name!,
  };
}
