/**
 * Makes and removes the control groups of pods.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { podRequests, qosClass } from "../../../src/api/core/pod_resources.ts";
import { encodeText } from "../../../src/base/bytes.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { type Host, HostError } from "../../../src/base/host.ts";
import {
  CGROUP_MOUNT,
  type CgroupLayout,
  cgroupLayout,
} from "./cgroup_layout.ts";
import { sharesOf } from "./cpu_values.ts";
import {
  delegationWrites,
  groupFolders,
  type GroupWrite,
  valueWrites,
} from "./group_values.ts";
import {
  podCgroup,
  PODS_CGROUP,
  possibleCgroups,
  qosCgroup,
} from "./pod_cgroup.ts";
import { milliCpu, podValues } from "./pod_values.ts";

/** What {@linkcode PodCgroups} works with. */
export interface PodCgroupsOptions {
  /** Most processes and threads of a pod. @default the machine's limit */
  readonly podPidsLimit?: number;
}

/** All pods of the node together. */
export interface AllPods {
  /** Those that hold a part of it. */
  readonly pods: readonly Pod[];
  /** What they may have of the machine: all that is not kept for the system. */
  readonly milliCpu: number;
  /** Likewise. */
  readonly memoryBytes: number;
}

type CgroupHost = Pick<Host, "disk" | "processes" | "log">;

/**
 * Removes groups, with whatever is left in them, in every hierarchy: runtimes make theirs also where we made none. Then the groups of the classes, as far as
 * no pod is in them. A process that our own namespace does not show stands there as 0, which to kill(1) is all that came from the agent.
 *
 * As a rule nothing is left in them, and two programs remove those of many pods.
 */
const REMOVE = `set --
parents=
for root in "$W_MOUNT" "$W_MOUNT"/*; do
  for path in $W_PODS; do
    [ ! -d "$root$path" ] || set -- "$@" "$root$path"
  done
  for path in $W_PARENTS; do
    [ ! -d "$root$path" ] || parents="$parents $root$path"
  done
done
[ $# = 0 ] || find "$@" -depth -type d -exec rmdir {} + 2>/dev/null
for group do
  [ -d "$group" ] || continue
  tries=0
  until find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; do
    [ $tries -lt 50 ] || { echo "$group" >&2; break; }
    tries=$((tries + 1))
    find "$group" -type d 2>/dev/null | while read -r inner; do
      while read -r pid; do [ "$pid" = 0 ] || kill -9 "$pid"; done <"$inner/cgroup.procs"
    done 2>/dev/null
    sleep 0.02
    [ -d "$group" ] || break
  done
done
[ -z "$parents" ] || rmdir $parents 2>/dev/null
true`;

/** How many pods' groups are removed by one script: what it is told has to fit into a variable. */
const MOST_AT_ONCE = 64;

/** Pods whose groups go together. */
interface Removal {
  readonly uids: Set<string>;
  /** Groups that could not be removed. */
  readonly left: Promise<readonly string[]>;
}

/** The pods' groups of this machine. One thing is done at a time: the groups above the pods come and go with them. */
export class PodCgroups {
  readonly #host: CgroupHost;
  readonly #layout: CgroupLayout;
  readonly #options: PodCgroupsOptions;
  #last: Promise<unknown> = Promise.resolve();
  /** What a pod asks for, reckoned once for each version of it: it is asked for with each other pod that comes. */
  readonly #asked = new WeakMap<Pod, number>();
  /** Waits for its turn, and takes more pods until then. */
  #removal: Removal | undefined;

  private constructor(
    host: CgroupHost,
    layout: CgroupLayout,
    options: PodCgroupsOptions,
  ) {
    this.#host = host;
    this.#layout = layout;
    this.#options = options;
  }

  /** Undefined where there are none for us: not root, or a machine without. Limits of pods are not kept then. */
  static async open(
    host: CgroupHost,
    options: PodCgroupsOptions = {},
  ): Promise<PodCgroups | undefined> {
    if (host.processes.uid !== 0) return undefined;
    const layout = await cgroupLayout(host);
    return layout && new PodCgroups(host, layout, options);
  }

  /** How the machine's groups are arranged. */
  get layout(): CgroupLayout {
    return this.#layout;
  }

  /**
   * Makes the group of a pod unless it is there, and gives the groups above it what all pods together ask for and may have.
   *
   * @throws {Error} when it cannot be made
   */
  ensure(pod: Pod, all: AllPods): Promise<void> {
    this.#removal = undefined; // who removes this pod's from now on comes after it
    return this.#inTurn(async () => {
      const path = podCgroup(pod);
      if (await this.#isThere(path)) return;
      try {
        await this.#make(path);
      } catch (error) {
        if (!(error instanceof HostError && error.code === "not-found")) {
          throw error;
        }
        // Another agent of this machine just removed what lies above it.
        await this.#make(path);
      }
      const { hugePages } = this.#layout;
      const pidsLimit = this.#options.podPidsLimit;
      await this.#write([
        ...delegationWrites(this.#layout, path),
        ...valueWrites(this.#layout, PODS_CGROUP, {
          cpuShares: sharesOf(all.milliCpu),
          memoryLimitBytes: all.memoryBytes,
        }),
        ...this.#classWrites(qosClass(pod), all.pods),
        ...valueWrites(
          this.#layout,
          path,
          podValues(pod, { hugePages, pidsLimit }),
        ),
      ]);
    });
  }

  /** Removes the group of a pod, wherever it may be, and ends what is still in it. No error when there is none. */
  async remove(uid: string): Promise<void> {
    const removal = this.#removal ?? this.#planRemoval();
    removal.uids.add(uid);
    if (removal.uids.size >= MOST_AT_ONCE) this.#removal = undefined;
    const left = (await removal.left).filter((path) =>
      path.endsWith(`/pod${uid}`)
    );
    if (left.length === 0) return;
    throw new Error(
      `Can not remove the pod's control groups: ${left.join(", ")}`,
    );
  }

  #planRemoval(): Removal {
    const uids = new Set<string>();
    const removal = {
      uids,
      left: this.#inTurn(() => {
        if (this.#removal === removal) this.#removal = undefined;
        return this.#removeAll([...uids]);
      }),
    };
    this.#removal = removal;
    return removal;
  }

  async #removeAll(uids: readonly string[]): Promise<readonly string[]> {
    const { code, stderr } = await this.#host.processes.run("/bin/sh", {
      args: ["-c", REMOVE],
      env: {
        W_MOUNT: CGROUP_MOUNT,
        W_PODS: uids.flatMap(possibleCgroups).join(" "),
        W_PARENTS: [
          qosCgroup("Burstable"),
          qosCgroup("BestEffort"),
          PODS_CGROUP,
        ].join(" "),
      },
    });
    const left = stderr.split("\n").filter(Boolean);
    const isOurs = (path: string) =>
      uids.some((uid) => path.endsWith(`/pod${uid}`));
    if (code === 0 && left.every(isOurs)) return left;
    throw new Error(`Can not remove pods' control groups: ${left.join(", ")}`);
  }

  async #isThere(path: string): Promise<boolean> {
    const folders = groupFolders(this.#layout, path);
    const there = await Promise.all(
      folders.map((folder) =>
        this.#host.disk.stat(folder).then(() => true, () => false)
      ),
    );
    return there.every(Boolean);
  }

  async #make(path: string): Promise<void> {
    await Promise.all(
      groupFolders(this.#layout, path)
        .map((folder) => this.#host.disk.mkdir(folder)),
    );
  }

  /** Burstable pods together have what they request together; the others of the lower class what is left. */
  #classWrites(
    quality: ReturnType<typeof qosClass>,
    pods: readonly Pod[],
  ): GroupWrite[] {
    if (quality === "Guaranteed") return [];
    const milli = quality === "BestEffort" ? 0 : pods
      .reduce((sum, pod) => sum + this.#askedBy(pod), 0);
    return valueWrites(this.#layout, qosCgroup(quality), {
      cpuShares: sharesOf(milli),
    });
  }

  /** What a Burstable pod requests of the processor; 0 for any other. */
  #askedBy(pod: Pod): number {
    let asked = this.#asked.get(pod);
    if (asked === undefined) {
      asked = qosClass(pod) === "Burstable" ? milliCpu(podRequests(pod)) : 0;
      this.#asked.set(pod, asked);
    }
    return asked;
  }

  /** The kernel's files take what they are told in place. One that refuses does not keep the pod from running, as with kubelet. */
  async #write(writes: readonly GroupWrite[]): Promise<void> {
    for (const { path, value } of writes) {
      try {
        await using file = await this.#host.disk.openAppend(path);
        await file.append(encodeText(value));
      } catch (error) {
        this.#host.log("warn", "A control group did not take a value", {
          path,
          value,
          error: messageOf(error),
        });
      }
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {}); // its caller sees the error
    return turn;
  }
}
