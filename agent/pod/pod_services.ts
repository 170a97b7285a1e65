/**
 * Puts together what the pods of one runtime work with.
 *
 * @module
 */
import type { EphemeralContainer } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { asksForEngines, podEngines } from "../../src/api/core/pod_engines.ts";
import type { Service } from "../../src/api/core/service.ts";
import { wholeUnits } from "../../src/api/quantity.ts";
import { milliUnits } from "../../src/api/quantity.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { containerConfig } from "../container/container_config.ts";
import { containerMounts } from "../container/container_mounts.ts";
import { containerEnvironment } from "../container/environment.ts";
import { ImageAccess } from "../container/image_access.ts";
import {
  ImagePuller,
  PARALLEL_PULLS,
  type PullAuth,
} from "../container/image_puller.ts";
import { ImageVolumes } from "../container/image_volume.ts";
import type { Limiter } from "../../src/base/limiter.ts";
import type { PodEvents } from "../container/pod_events.ts";
import type { PodFace } from "../container/pod_face.ts";
import type { ContainerPlan } from "../container/services.ts";
import { volumeDevices } from "../container/volume_devices.ts";
import type { NodeProbes } from "../probes/node_probes.ts";
import {
  type ContainerConfig,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
} from "../runtime/runtime.ts";
import type { ConfigSource } from "../volumes/config_source.ts";
import type { DownwardContext } from "../volumes/downward.ts";
import type { ClaimSource } from "../volumes/claim_source.ts";
import { PodVolumes, type VolumeContext } from "../volumes/pod_volumes.ts";
import { readVolumeFile } from "../volumes/volume_file.ts";
import { type ContainerFiles, makeContainerFiles } from "./container_files.ts";
import { DEFAULT_NODE_DNS, type NodeDns, podDns } from "./dns/pod_dns.ts";
import type { PodRecord } from "./pod_record.ts";
import type { PodServices } from "./pod_work.ts";
import { portProblem } from "./port_problem.ts";
import { sandboxConfig } from "./sandbox_config.ts";

/** What the node knows of itself and pods are told. */
export interface NodeFacts {
  readonly hostIPs: readonly string[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  /** What all pods together may have of it. @default all */
  readonly podsMemoryBytes?: number;
}

/** What all pods of a node share. */
export interface NodeParts {
  readonly host: Host;
  readonly dataDir: string;
  readonly events: PodEvents;
  readonly source: ConfigSource;
  /** The pods' volumes. @default below the data folder, without the right to mount */
  readonly volumes?: PodVolumes;
  /** Looks up what pods claim; without one, such pods wait. */
  readonly claims?: ClaimSource;
  readonly limiter: Limiter;
  readonly probes: NodeProbes;
  readonly facts: () => NodeFacts;
  /** Services that a pod is told of; undefined while none are known. */
  readonly services: (pod: Pod) => readonly Service[] | undefined;
  /** A token for the pod's ServiceAccount. */
  readonly token: (
    pod: Pod,
    options: { readonly audience?: string; readonly expirationSeconds: number },
  ) => Promise<string>;
  readonly pullAuth: (
    pod: Pod,
    image: string,
  ) => Promise<readonly PullAuth[]>;
  /** Whether pods can have ports of the node. @default true */
  readonly canOpenPorts?: boolean;
  /** How many images are pulled at once. @default one after the other */
  readonly parallelPulls?: number;
  /** The CRI handler of a pod's RuntimeClass. */
  readonly runtimeHandler: (pod: Pod) => string | undefined;
  /** @default kubelet's defaults */
  readonly dns?: NodeDns;
  readonly admission?: PodServices["admission"];
  readonly cgroups?: PodServices["cgroups"];
  readonly saveFinalStatus: (record: PodRecord) => Promise<void>;
  readonly finish: (record: PodRecord, signal: AbortSignal) => Promise<void>;
}

/** Services for the pods of a runtime. */
export function makePodServices(
  parts: NodeParts,
  runtime: Runtime,
): PodServices {
  const { host, dataDir } = parts;
  const volumes = parts.volumes ?? new PodVolumes(host, { dataDir });
  const mount = (record: PodRecord) =>
    volumes.mount(volumeContext(parts, record));
  const images = new ImagePuller(host, runtime, {
    access: new ImageAccess(host, {
      path: `${dataDir}/image_access_${runtime.name}.json`,
    }),
    parallelPulls: WITH_FILES.includes(runtime.name)
      ? parts.parallelPulls ?? PARALLEL_PULLS
      : Math.max(parts.parallelPulls ?? 0, ENGINE_PULLS),
  });
  const imageVolumes = new ImageVolumes(host, {
    ...{ runtime, images, volumes },
    events: parts.events,
    pullAuth: parts.pullAuth,
  });
  return {
    containers: {
      host,
      runtime,
      images,
      events: parts.events,
      limiter: parts.limiter,
      probes: parts.probes,
      configure: (face, plan) =>
        configure(parts, { volumes, imageVolumes, runtime, face, plan }),
      sandboxConfig: (face, options) =>
        makeSandboxConfig(parts, face, { ...options, runtime }),
      podFolder: ({ pod }) => volumes.podFolder(pod.metadata.uid!),
      pullAuth: (face, image) => parts.pullAuth(face.pod, image),
    },
    volumes: {
      mount,
      release: async (uid) => {
        await imageVolumes.remove(uid);
        await volumes.release(uid);
      },
      remove: async (uid) => {
        await removeLogs(parts, uid);
        await imageVolumes.remove(uid);
        await volumes.remove(uid);
      },
    },
    ...(parts.admission && { admission: parts.admission }),
    ...(parts.cgroups && { cgroups: parts.cgroups }),
    saveFinalStatus: parts.saveFinalStatus,
    finish: parts.finish,
  };
}

async function makeSandboxConfig(
  parts: NodeParts,
  face: PodFace,
  { runtime, tell = false }: {
    readonly runtime: Runtime;
    readonly tell?: boolean;
  },
): Promise<SandboxConfig> {
  const { pod } = face;
  const problem = portProblem(pod, { canOpen: parts.canOpenPorts ?? true });
  if (problem) throw new RuntimeError("CreatePodSandboxError", problem);
  const engines = asksForEngines(pod) ? enginesOf(pod) : undefined;
  const node = parts.dns ?? DEFAULT_NODE_DNS;
  const { dns, isNodes, warnings } = await podDns(parts.host, pod, node);
  // Other engines' guests see the node's own file; giving them another costs each a mount namespace.
  const isGiven = hasFiles(runtime, pod) || !isNodes;
  // What is wrong with a file that nobody gets needs no telling.
  for (const warning of tell && isGiven ? warnings : []) {
    parts.events.event(pod, { type: "Warning", ...warning });
  }
  const runtimeHandler = parts.runtimeHandler(pod);
  return sandboxConfig(face as PodRecord, {
    dataDir: parts.dataDir,
    ...(isGiven && { dns }),
    clusterDomain: node.clusterDomain,
    ...(runtimeHandler && { runtimeHandler }),
    ...(engines && { engines }),
  });
}

/** @throws {RuntimeError} `CreatePodSandboxError` when the pod's annotations ask for what there is not */
function enginesOf(pod: Pod): SandboxConfig["engines"] {
  const { engines, problems } = podEngines(pod);
  if (problems.length === 0) return engines;
  throw new RuntimeError("CreatePodSandboxError", problems.join("; "));
}

/** What is mounted for it is the pod's, and goes with the pod's volumes. */
async function containerFiles(
  parts: NodeParts,
  { volumes, runtime, face, plan }: {
    volumes: PodVolumes;
    runtime: Runtime;
    face: PodFace;
    plan: ContainerPlan;
  },
): Promise<ContainerFiles> {
  const { clusterDomain } = parts.dns ?? DEFAULT_NODE_DNS;
  const uid = face.pod.metadata.uid!;
  const sandbox = await makeSandboxConfig(parts, face, { runtime });
  const { mounts } = volumes;
  const make = () =>
    makeContainerFiles(parts.host, {
      folder: volumes.podFolder(uid),
      ...{ face, plan, sandbox, clusterDomain },
      ...(mounts && { mounts }),
    });
  return await (mounts ? volumes.change(uid, make) : make());
}

async function configure(
  parts: NodeParts,
  { volumes, imageVolumes, runtime, face, plan }: {
    volumes: PodVolumes;
    imageVolumes: ImageVolumes;
    runtime: Runtime;
    face: PodFace;
    plan: ContainerPlan;
  },
): Promise<ContainerConfig> {
  const { pod } = face;
  const facts = parts.facts();
  const targetId = targetOf(face, plan);
  const environment = await containerEnvironment({
    pod,
    container: plan.container,
    source: parts.source,
    downward: downward(parts, face),
    services: parts.services(pod),
    readFile: (volume, path) =>
      readVolumeFile(parts.host, {
        folder: volumes.ready(pod.metadata.uid!, volume)?.path,
        path,
      }),
  });
  const files = hasFiles(runtime, pod) || namesMessageFile(plan)
    ? await containerFiles(parts, { volumes, runtime, face, plan })
    : {};
  const image = WITH_FILES.includes(runtime.name)
    ? await runtime.imageStatus(plan.imageRef)
    : undefined;
  return containerConfig({
    pod,
    plan,
    ...files,
    environment,
    mounts: await containerMounts(parts.host, {
      pod,
      container: plan.container,
      environment,
      volumes,
      recursiveReadOnly: async () =>
        await runtime.recursiveReadOnly?.() ?? false,
      mountImage: (volume) => imageVolumes.mount(pod, volume),
    }),
    devices: volumeDevices(plan.container, {
      ready: (name) => volumes.ready(pod.metadata.uid!, name),
      canPass: WITH_FILES.includes(runtime.name),
    }),
    crypto: parts.host.crypto,
    machine: {
      memoryBytes: facts.memoryBytes,
      ...(parts.cgroups && { cgroups: parts.cgroups.layout }),
    },
    ...(image?.user && { imageUser: image.user }),
    seccompDir: `${parts.dataDir}/seccomp`,
    ...(targetId !== undefined && { targetId }),
  });
}

/** The run of the container that an ephemeral one looks at. @throws {RuntimeError} `CreateContainerConfigError` when there is none */
function targetOf(
  face: PodFace,
  { container }: ContainerPlan,
): string | undefined {
  const { targetContainerName }: EphemeralContainer = container;
  if (!targetContainerName) return undefined;
  const [newest] = face.attempts(targetContainerName);
  if (newest) return newest.id;
  throw new RuntimeError(
    "CreateContainerConfigError",
    `unable to find target container ${targetContainerName}`,
  );
}

/** What the API writes where the Pod says nothing. */
const DEFAULT_MESSAGE_PATH = "/dev/termination-log";

/** How many images of an engine of ours come at once: they are small, bounded by themselves, and one that is long compiled must not hold up the others. */
const ENGINE_PULLS = 4;

/** Engines whose containers see single files of the node. */
const WITH_FILES: readonly string[] = ["containerd", "fake"];

/**
 * Whether a container gets the pod's files. In a pod of several engines all do: there they tell of names that its other containers are called by. Other
 * guests of our engines get them when the Pod has names of its own to tell, as each costs a mount.
 */
function hasFiles({ name }: Runtime, pod: Pod): boolean {
  return WITH_FILES.includes(name) || asksForEngines(pod) ||
    (pod.spec.hostAliases ?? []).length > 0;
}

/** Whether a container says where its last words are; that every container may write some where nobody looks for them is not worth a mount. */
function namesMessageFile({ container }: ContainerPlan): boolean {
  const { terminationMessagePath = DEFAULT_MESSAGE_PATH } = container;
  return terminationMessagePath !== DEFAULT_MESSAGE_PATH;
}

function volumeContext(parts: NodeParts, record: PodRecord): VolumeContext {
  const { allocatable, memoryBytes } = parts.facts();
  return {
    pod: record.pod,
    memoryBytes: allocatable.memory
      ? wholeUnits(allocatable.memory)
      : memoryBytes,
    ...(parts.claims && { claims: parts.claims }),
    source: parts.source,
    downward: downward(parts, record),
    token: (options) => parts.token(record.pod, options),
  };
}

function downward(parts: NodeParts, face: PodFace): DownwardContext {
  const { hostIPs, allocatable } = parts.facts();
  const own = face.sandbox?.ips ?? [];
  return {
    podIPs: face.pod.spec.hostNetwork ? hostIPs : own,
    hostIPs,
    // What the pod as a whole may have stands in the place of what the node has.
    allocatable: {
      ...allocatable,
      ...positive(face.pod.spec.resources?.limits),
    },
  };
}

function positive(list: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(
    Object.entries(list).filter(([, amount]) => milliUnits(amount) > 0),
  );
}

/** Removes a pod's log folder. Its name begins with names that an orphan's finder does not know, but ends with the UID. */
async function removeLogs(
  { host, dataDir }: NodeParts,
  uid: string,
): Promise<void> {
  const folder = `${dataDir}/logs`;
  try {
    for (const name of await host.disk.list(folder)) {
      if (name.endsWith(`_${uid}`)) await host.disk.remove(`${folder}/${name}`);
    }
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") return;
    throw error;
  }
}
