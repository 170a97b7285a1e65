/**
 * Everything about the pods of this node, put together.
 *
 * @module
 */
import { sameJson } from "../src/api/equal.ts";
import type { Pod } from "../src/api/core/pod.ts";
import type { Volume } from "../src/api/core/volume.ts";
import { messageOf } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import { EventRecorder } from "../src/client/event_recorder.ts";
import { Limiter } from "../src/base/limiter.ts";
import type { PodEvents } from "./container/pod_events.ts";
import { NodeAdmission } from "./pod/admission/node_admission.ts";
import { NodeEndpoints } from "./pod/endpoint_source.ts";
import { PodManager } from "./pod/pod_manager.ts";
import type { PodRecord } from "./pod/pod_record.ts";
import type { PodServices } from "./pod/pod_work.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { makeMixedServices } from "./pod/mixed_services.ts";
import { makePodServices } from "./pod/pod_services.ts";
import type { TokenWish } from "./pod/pod_tokens.ts";
import { NodeProbes } from "./probes/node_probes.ts";
import { isFinal } from "./pod/status/pod_status.ts";
import { StatusReporter } from "./pod/status_reporter.ts";
import type { NodePodsOptions } from "./node_pods_options.ts";
import { PodBelongings } from "./pod_belongings.ts";
import { PodCheckpoints } from "./pod_checkpoints.ts";
import { podEventRecorder } from "./pod_event_recorder.ts";
import { PodLeftovers } from "./pod_leftovers.ts";
import { podsCgroups } from "./pods_cgroups.ts";
import { HostPortFeed } from "./host_port_feed.ts";
import type { StreamPod } from "./streams/stream_parts.ts";
import { Mounts } from "./volumes/mounts.ts";
import { PodVolumes } from "./volumes/pod_volumes.ts";

/** How long, in milliseconds, a machine that goes down waits for the API to hear of it. */
const TELL_MS = 2_000;

/** Heavy calls to runtimes (sandbox, create, start) at once, over all pods. */
const PARALLEL_STARTS = 8;

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
  readonly #belongings: PodBelongings;
  readonly #admission: NodeAdmission;
  readonly #hostPorts: HostPortFeed | undefined;
  readonly #mounts: (record: PodRecord) => Promise<void>;
  #isComplete = false;
  readonly #volumes: PodVolumes;
  readonly #podEvents: PodEvents;
  readonly #checkpoints: PodCheckpoints;
  readonly #leftovers: PodLeftovers;

  constructor(host: Host, options: NodePodsOptions) {
    this.#host = host;
    this.#options = options;
    this.probes = new NodeProbes(host, {
      address: () => options.facts().hostIPs[0],
    });
    const { client, runtimes, view, signal } = options;
    this.events = new EventRecorder(host, client, {
      component: "kubelet",
      node: options.nodeName,
    });
    this.#podEvents = podEventRecorder(this.events, options);
    this.#checkpoints = new PodCheckpoints(host, {
      checkpoint: options.checkpoint,
      record: (uid) => this.manager.get(uid),
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
    const belongings = new PodBelongings(host, {
      ...options,
      checkpoints: this.#checkpoints,
      events: this.#podEvents,
      onConfig: (uids) => this.#configChanged(uids),
      onTokenDue: (uid) => {
        const record = this.manager.get(uid);
        if (record) this.#updateVolumes(record);
      },
    });
    this.#belongings = belongings;
    const admission = new NodeAdmission({
      handlers: options.admitHandlers,
      records: () => this.manager.records(),
      known: options.known.pods,
      events: this.#podEvents,
      refreshNode: (until) => view.refreshNode(until),
      onAdmitted: (pod) => this.#checkpoints.save(pod),
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
      claims: belongings.claims,
      events: this.#podEvents,
      source: belongings.config,
      limiter: new Limiter(PARALLEL_STARTS),
      probes: this.probes,
      facts: options.facts,
      // Without contact, a pod from the checkpoint starts with what was known then.
      services: ({ metadata }: Pod) =>
        view.servicesFor(metadata.namespace!) ??
          (admission.wasAdmitted(metadata.uid!) ? [] : undefined),
      token: (pod: Pod, wish: TokenWish) => belongings.tokens.get(pod, wish),
      pullAuth: (pod: Pod, image: string) => belongings.pullAuth(pod, image),
      canOpenPorts: options.hostPorts !== undefined,
      ...(options.parallelPulls !== undefined &&
        { parallelPulls: options.parallelPulls }),
      runtimeHandler: (pod: Pod) => runtimes.handlerFor(pod),
      admission,
      ...(options.dns && { dns: options.dns }),
      ...(options.cgroups && {
        cgroups: podsCgroups(options.cgroups, {
          records: () => this.manager.records(),
          facts: options.facts,
          onEnforced: options.onEnforced,
        }),
      }),
      saveFinalStatus: (record: PodRecord) =>
        this.#checkpoints.saveFinal(record),
      finish: (record: PodRecord, until: AbortSignal) =>
        this.#reporter.finish(record, until),
    };
    const perRuntime = new Map(
      runtimes.all.map((
        runtime,
      ): [Runtime, PodServices] => [runtime, makePodServices(parts, runtime)]),
    );
    const { mixed } = runtimes;
    const engines = new Map(perRuntime);
    perRuntime.set(mixed, makeMixedServices(parts, { mixed, engines }));
    this.#leftovers = new PodLeftovers(host, {
      manager: () => this.manager,
      volumes,
      services: () => perRuntime.values(),
      ...(options.cgroups && { cgroups: options.cgroups }),
    });
    this.#mounts = (record) =>
      perRuntime.get(record.runtime)?.volumes.mount(record) ??
        Promise.resolve();
    this.manager = new PodManager(host, {
      runtimes: runtimes.all,
      mixed,
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
        this.endpoints.podChanged(record);
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
    this.#belongings.config.retain(pod);
    const record = this.manager.get(pod.metadata.uid!);
    const told = record && !sameJson(downwardOf(record.pod), downwardOf(pod));
    this.manager.set(pod);
    if (record && told) this.#updateVolumes(record);
    this.#checkpoints.save(pod);
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
    for (const uid of this.#belongings.claims.uids) {
      if (this.manager.get(uid) || removing.has(uid)) continue;
      this.#belongings.forgetClaims(uid);
    }
    await this.#leftovers.removeFolders(removing);
  }

  /** Where a volume of a pod lies on the node; undefined while it is not made. */
  volumePath({ metadata }: Pod, { name }: Volume): string | undefined {
    return this.#volumes.ready(metadata.uid!, name)?.path;
  }

  /** Unmounts what pods have in memory or bound; they have been stopped. */
  async unmountVolumes(): Promise<void> {
    await this.#leftovers.unmountVolumes();
  }

  /** Removes the control groups of all pods; they have been stopped. */
  async removeCgroups(): Promise<void> {
    await this.#leftovers.removeCgroups();
  }

  /** Removes the folder of a volume whose claim is gone. @throws {Error} when a pod here still has it */
  async removeLocalVolume(path: string): Promise<void> {
    await this.#belongings.claims.removeFolder(path);
  }

  /** The pods that were here before have all been told of: their ports are those that count. */
  takenOver(): void {
    this.#hostPorts?.begin();
  }

  /** There is contact with the server again. */
  connected(): void {
    this.#belongings.tokens.connected();
  }

  /** Whether all pods of the node are known. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Tells why the node ends a pod. */
  evicted(pod: Pod, message: string): void {
    const words = { type: "Warning", reason: "Evicted", message } as const;
    this.#podEvents.event(pod, words);
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
      config: this.#belongings.config.state(),
      checkpoint: { writes: this.#options.checkpoint.writes },
    };
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
    this.#belongings.forget(uid);
  }

  #configChanged(uids: readonly string[]): void {
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
