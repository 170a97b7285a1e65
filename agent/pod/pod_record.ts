/**
 * All that the agent knows of one pod.
 *
 * @module
 */
import { sameJson } from "../../src/api/equal.ts";
import type { ContainerStatus as ApiContainerStatus } from "../../src/api/core/container_status.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { PodStatus } from "../../src/api/core/pod_status.ts";
import { Bell } from "../container/bell.ts";
import type {
  FormerRun,
  PodFace,
  ProbeState,
  Waiting,
} from "../container/pod_face.ts";
import { RestartBackoff } from "../container/restart_backoff.ts";
import {
  containerId,
  type ContainerStatus,
  type Runtime,
  type SandboxStatus,
} from "../runtime/runtime.ts";
import { formerRun, formerStatus } from "./former_run.ts";
import { type AskLastWords, LastWords } from "./last_words.ts";
import { mustRestartAll } from "./restart_all_wish.ts";

/** Why a pod has failed whatever its containers say. */
export interface PodFailure {
  /** `DeadlineExceeded`, `Evicted` … */
  readonly reason: string;
  readonly message: string;
  /** Longest grace, in seconds, that its containers get. @default the pod's own */
  readonly graceSeconds?: number;
  /** Whether the node ends it for the sake of others: then the pod has the condition `DisruptionTarget`. @default false */
  readonly isDisruption?: boolean;
  /** Counts for this run of the machine only: when the API was not told of it, the pod comes back after the boot. @default false */
  readonly untilBoot?: boolean;
}

/** What a record is made of. */
export interface PodRecordOptions {
  readonly pod: Pod;
  readonly runtime: Runtime;
  /** What the runtime has of this pod already. */
  readonly sandboxes: readonly SandboxStatus[];
  /** When the agent first saw the pod, in milliseconds since 1970. */
  readonly startTime: number;
  /** Whether this node has taken the pod in an earlier life of the agent. @default it has a sandbox */
  readonly isAdmitted?: boolean;
  /** Asks a container that has ended what it said. @default nothing is asked */
  readonly askLastWords?: AskLastWords;
  /** Called after every change. */
  readonly onChange: () => void;
}

/**
 * The wish (the newest object) and the observation (what the runtime and the probes say) of one pod. States write into it and read from it; the status
 * reporter, the service endpoints and `/debug/state` read from it.
 */
export class PodRecord implements PodFace {
  readonly uid: string;
  /** `namespace/name`. */
  readonly key: string;
  readonly runtime: Runtime;
  readonly startTime: number;
  readonly bell = new Bell();
  readonly references = new Bell();
  /** The newest status that was computed; transition times are kept from it, and a final phase never changes. */
  lastStatus: PodStatus | undefined;
  #pod: Pod;
  #sandboxes: readonly SandboxStatus[];
  #failure: PodFailure | undefined;
  #removed = false;
  #isEnding = false;
  #wasInitialized = false;
  #ended = false;
  #isReleased = false;
  #isAdmitted: boolean;
  #isRejected = false;
  readonly #waiting = new Map<string, Waiting>();
  readonly #starting = new Set<string>();
  #isRestartingAll: boolean | undefined;
  readonly #probes = new Map<string, ProbeState>();
  readonly #lastWords: LastWords;
  readonly #backoffs = new Map<string, RestartBackoff>();
  readonly #onChange: () => void;
  #read: Promise<void> = Promise.resolve();
  #nextRead: Promise<void> | undefined;

  constructor(options: PodRecordOptions) {
    const { pod } = options;
    this.uid = pod.metadata.uid!;
    this.key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    this.runtime = options.runtime;
    this.startTime = options.startTime;
    this.#pod = pod;
    this.#sandboxes = newestFirst(options.sandboxes);
    this.#isAdmitted = options.isAdmitted ?? options.sandboxes.length > 0;
    this.#lastWords = new LastWords(
      options.askLastWords ?? (() => Promise.resolve(undefined)),
    );
    this.#onChange = options.onChange;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Takes a newer version of the object. */
  setPod(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    // Our own writes of status come back here too, and must not end anybody's wait.
    if (!sameWish(before, pod)) this.references.ring();
    this.#changed();
  }

  /** The object is gone from the API: nobody waits for a last status or a delete. */
  get removed(): boolean {
    return this.#removed;
  }

  /** Notes that the object is gone from the API. */
  setRemoved(): void {
    this.#removed = true;
    this.#changed();
  }

  /** Whether the pod is to end. */
  get terminating(): boolean {
    return this.#removed || this.#pod.metadata.deletionTimestamp !== undefined;
  }

  /** The grace that its containers get, in milliseconds; a shorter one may be wished for later. */
  get graceMs(): number {
    const { metadata, spec } = this.#pod;
    const seconds = metadata.deletionGracePeriodSeconds ??
      spec.terminationGracePeriodSeconds ?? 30;
    const most = this.#failure?.graceSeconds ?? seconds;
    // Containers always get a moment, also with --grace-period=0.
    return Math.max(1, Math.min(seconds, most)) * 1000;
  }

  /** Whether the pod is being ended: it gets no other sandbox, and keeps the addresses that it had. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Notes that the pod is being ended, and whether it had come past its init containers by then: what TERM makes of them does not count. */
  setEnding({ initialized }: { readonly initialized: boolean }): void {
    this.#isEnding = true;
    this.#wasInitialized = initialized;
  }

  /** Whether the pod had come past its init containers when its end began. */
  get wasInitialized(): boolean {
    return this.#wasInitialized;
  }

  /** Whether the containers are over for good, so that the phase becomes final. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Notes that no container of this pod will run again. */
  setEnded(): void {
    this.#ended = true;
    this.#waiting.clear();
    this.#starting.clear();
    this.#probes.clear();
    this.#changed();
  }

  /** Whether its volumes are off the node, too. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Notes that nothing of the pod takes room on the node but its logs. */
  setReleased(): void {
    this.#isReleased = true;
    this.#changed();
  }

  get failure(): PodFailure | undefined {
    return this.#failure;
  }

  /** The pod has failed as a whole. */
  fail(failure: PodFailure): void {
    this.#failure ??= failure;
    this.#changed();
  }

  /** Whether the node has taken the pod: it holds what it was given until it has ended. */
  get isAdmitted(): boolean {
    return this.#isAdmitted;
  }

  /** Notes that the node takes the pod. */
  setAdmitted(): void {
    this.#isAdmitted = true;
    this.#changed();
  }

  /** Whether the node has refused the pod: nothing of it ever ran here. */
  get isRejected(): boolean {
    return this.#isRejected;
  }

  /** The node refuses the pod. */
  reject(failure: PodFailure): void {
    this.#isRejected = true;
    this.fail(failure);
  }

  get sandboxes(): readonly SandboxStatus[] {
    return this.#sandboxes;
  }

  get sandbox(): SandboxStatus | undefined {
    return this.#sandboxes.find(({ state }) => state === "ready");
  }

  /** Adds a sandbox that was just made. */
  addSandbox(sandbox: SandboxStatus): void {
    const others = this.#sandboxes.filter(({ id }) => id !== sandbox.id);
    this.#sandboxes = newestFirst([sandbox, ...others]);
    this.#changed();
  }

  attempts(name: string): readonly ContainerStatus[] {
    return this.#sandboxes.flatMap(({ containers }) => containers)
      .filter((status) => status.name === name)
      .sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt);
  }

  /** All containers that the runtime has of this pod. */
  get containers(): readonly ContainerStatus[] {
    return this.#sandboxes.flatMap(({ containers }) => containers);
  }

  /** One read at a time: an older answer must never replace a newer one. Whoever comes while one is under way shares the next. */
  refresh(): Promise<void> {
    this.#nextRead ??= this.#read.then(() => {
      this.#nextRead = undefined;
      const read = this.#readSandboxes();
      this.#read = read.catch(() => {}); // its callers see the error
      return read;
    });
    return this.#nextRead;
  }

  async #readSandboxes(): Promise<void> {
    const asked = new Set(this.#sandboxes.map(({ id }) => id));
    const read = await Promise.all(
      [...asked].map((id) => this.runtime.sandboxStatus(id)),
    );
    const found = read.filter((sandbox) => sandbox !== undefined);
    await this.#lastWords.hear(found.flatMap(({ containers }) => containers));
    // A sandbox that was added while we read must not be forgotten.
    const added = this.#sandboxes.filter(({ id }) => !asked.has(id));
    this.#sandboxes = newestFirst([...found, ...added]);
    this.#changed();
  }

  /** Asks the containers that had ended before there was this record. */
  async hearLastWords(): Promise<void> {
    const { containers } = this;
    if (containers.length === 0) return;
    await this.#lastWords.hear(containers);
    this.#changed();
  }

  setWaiting(name: string, waiting: Waiting | undefined): void {
    if (waiting) this.#waiting.set(name, waiting);
    else if (!this.#waiting.delete(name)) return;
    this.#changed();
  }

  /** Why a container waits. */
  waiting(name: string): Waiting | undefined {
    return this.#waiting.get(name);
  }

  setStarting(name: string, starting: boolean): void {
    if (starting === this.#starting.has(name)) return;
    if (starting) this.#starting.add(name);
    else this.#starting.delete(name);
    this.#changed();
  }

  /** Whether all containers are being removed, to begin anew. */
  get isRestartingAll(): boolean {
    // An agent before us may have begun with it, and have been killed before it told: the end that asks for it is there as long as anything else is.
    return this.#isRestartingAll ??= mustRestartAll(this) ||
      ((this.lastStatus ?? this.#pod.status)?.conditions?.some((
        { type, status },
      ) => type === "AllContainersRestarting" && status === "True") ?? false);
  }

  /** Notes that the pod restarts in its place, or that its old containers are gone. */
  setRestartingAll(isRestarting: boolean): void {
    this.#isRestartingAll = isRestarting;
    this.#changed();
  }

  /** The attempts that the status tells of: one counts as started after its postStart hook only. */
  shownAttempts(name: string): readonly ContainerStatus[] {
    const attempts = this.attempts(name);
    const [newest] = attempts;
    const isHidden = this.#starting.has(name) && newest?.state === "running";
    return isHidden ? attempts.slice(1) : attempts;
  }

  /** What was last told of a container, by this agent or one before. */
  formerStatus(name: string): ApiContainerStatus | undefined {
    return formerStatus(this.lastStatus ?? this.#pod.status, name);
  }

  formerRun(name: string): FormerRun | undefined {
    return formerRun(this.formerStatus(name));
  }

  /** What a container said at its end, by the runtime's id; undefined when it was not asked yet. */
  message(id: string): string | undefined {
    return this.#lastWords.of(id);
  }

  setProbes(name: string, state: ProbeState | undefined): void {
    if (state) this.#probes.set(name, state);
    else if (!this.#probes.delete(name)) return;
    this.#changed();
  }

  probes(name: string): ProbeState | undefined {
    return this.#probes.get(name) ?? this.#probesInApi(name);
  }

  backoff(key: string): RestartBackoff {
    let backoff = this.#backoffs.get(key);
    if (!backoff) this.#backoffs.set(key, backoff = new RestartBackoff());
    return backoff;
  }

  /** What an agent before us said of this very container. */
  #probesInApi(name: string): ProbeState | undefined {
    const { containerStatuses = [], initContainerStatuses = [] } =
      this.#pod.status ?? {};
    const status = [...containerStatuses, ...initContainerStatuses]
      .find((status) => status.name === name);
    const [newest] = this.attempts(name);
    const isThis = newest &&
      status?.containerID === containerId(this.runtime, newest);
    if (!status || !isThis) return undefined;
    return { started: status.started ?? false, ready: status.ready };
  }

  #changed(): void {
    this.bell.ring();
    this.#onChange();
  }
}

function sameWish(a: Pod, b: Pod): boolean {
  return sameJson(a.spec, b.spec) &&
    sameJson(a.metadata.labels, b.metadata.labels) &&
    sameJson(a.metadata.annotations, b.metadata.annotations);
}

function newestFirst(sandboxes: readonly SandboxStatus[]): SandboxStatus[] {
  return [...sandboxes].sort((a, b) =>
    b.attempt - a.attempt || b.createdAt - a.createdAt
  );
}
