/**
 * From the words of a command line to a workload.
 *
 * @module
 */
import { requireFile } from "../build/deno_tool.ts";
import type { CliContext } from "../context.ts";
import {
  envFileWords,
  readEnv,
  readEnvFrom,
  readPairs,
  readPort,
  readVolume,
  usage,
} from "./options.ts";
import type { RunFlags } from "./run_flags.ts";
import type { ImageToRun } from "./source.ts";
import type { Workload, WorkloadPort } from "./workload.ts";

/** Where a server listens when nobody says a port. */
const DEFAULT_PORT = 8080;
/** As names of services have to be. */
const NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** What the node's engines let out; see the agent's own reading of it. */
const ALLOW_NET = "wherry.dev/allow-net";

/** Checks a name of a workload. */
export function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw usage(
    `"${name}" cannot be a name: lower-case letters, digits and "-", a letter first, at most 63`,
  );
}

/** All but the image can be checked before anything is built. @throws {CliFailure} */
export async function planWorkload(
  context: CliContext,
  target: ImageToRun & { readonly namespace: string; readonly quick: boolean },
  options: {
    readonly flags: RunFlags;
    readonly words: readonly string[];
    /** Unless the flags say so: what is there already. */
    readonly replicas?: number;
  },
): Promise<Workload> {
  const { flags, words } = options;
  const { host } = context;
  const runtimeClass = flags.runtime ?? target.runtimeClass;
  const restart = flags.restart ?? "Always";
  const port = portOf(flags, target, restart);
  const fileWords: string[] = [];
  for (const file of flags.envFile ?? []) {
    const path = context.path(file);
    await requireFile(host, path, file);
    fileWords.push(...envFileWords(await host.disk.readText(path)));
  }
  const replicas = flags.replicas ?? options.replicas ?? 1;
  if (replicas < 0) throw usage("--replicas must not be negative");
  if (restart !== "Always" && flags.replicas !== undefined) {
    throw usage(`--replicas and --restart=${restart} do not go together`);
  }
  return {
    name: checkName(flags.name ?? target.name),
    namespace: target.namespace,
    image: target.image,
    ...runtimeClass !== undefined && runtimeClass !== "none" &&
      { runtimeClass },
    replicas,
    ...port && { port },
    serviceType: flags.type ??
      (flags.nodePort === undefined ? "ClusterIP" : "NodePort"),
    env: lastOfEach(
      readEnv(
        [...fileWords, ...flags.env ?? []],
        (name) => host.processes.env(name),
      ),
    ),
    envFrom: readEnvFrom(flags.envFrom ?? []),
    labels: readPairs("--labels", flags.labels ?? []),
    annotations: {
      ...readPairs("--annotations", flags.annotations ?? []),
      ...flags.allowNet !== undefined && { [ALLOW_NET]: flags.allowNet },
    },
    command: flags.command ? words : [],
    args: flags.command ? [] : words,
    limits: readPairs("--limits", flags.limits ?? []),
    requests: readPairs("--requests", flags.requests ?? []),
    volumes: (flags.volume ?? []).map(readVolume),
    nodeSelector: readPairs("--node-selector", flags.nodeSelector ?? []),
    restart,
    quick: target.quick,
  };
}

function portOf(
  { port, nodePort, type }: RunFlags,
  { entry }: ImageToRun,
  restart: Workload["restart"],
): WorkloadPort | undefined {
  if (port === "none") return undefined;
  if (port !== undefined) return readPort(port, nodePort);
  if (entry === "serve" && restart === "Always") {
    return readPort(String(DEFAULT_PORT), nodePort);
  }
  if (nodePort !== undefined || type !== undefined) {
    throw usage("--type and --node-port need a --port");
  }
  return undefined;
}

/** A name that comes again has its last value. */
function lastOfEach<T extends { readonly name: string }>(
  items: readonly T[],
): T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}
