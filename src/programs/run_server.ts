/**
 * `wherry server`.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { keepMemoryLow } from "../base/real/memory_keeper.ts";
import { wholeUnits } from "../api/quantity.ts";
import type { AuditOptions } from "../apiserver/audit/load_audit.ts";
import type { CliContext } from "../cli/context.ts";
import { CliFailure, EXIT_OK, EXIT_USAGE } from "../cli/failure.ts";
import { type RunningServer, startServer } from "../server_main.ts";
import { SERVER_PARTS } from "./server_parts.ts";
import { untilSignal } from "./until_signal.ts";

/** Flags of `server`. */
export interface ServerFlags {
  readonly dataDir: string;
  readonly listen: string;
  readonly kubeconfig?: string;
  readonly clusterCidr?: string;
  readonly serviceCidr?: string;
  readonly nodeCidrMaskSize?: string;
  readonly advertiseAddress?: readonly string[];
  readonly encryptionProviderConfig?: string;
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disable?: readonly string[];
  readonly registryDir?: string;
  readonly registryQuota?: string;
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogMaxsize?: string;
  readonly auditLogMaxbackup?: string;
  readonly auditLogMaxage?: string;
}

/** Serves until a signal. */
export async function runServer(
  host: Host,
  context: CliContext,
  flags: ServerFlags,
): Promise<number> {
  // Before anything is started: a signal during the start must end in an orderly stop too.
  const signalled = untilSignal(host.clock);
  using _memory = keepMemoryLow();
  const server = await openServer(host, context, flags);
  const signal = await signalled;
  host.log("info", "Server is stopping", { signal });
  await server.close();
  return EXIT_OK;
}

/** Starts a server from flags. @throws {CliFailure} for flags that make no sense */
export async function openServer(
  host: Host,
  context: CliContext,
  flags: ServerFlags,
): Promise<RunningServer> {
  const clusterCidr = cidr("--cluster-cidr", flags.clusterCidr);
  const serviceCidr = cidr("--service-cidr", flags.serviceCidr);
  const nodeCidrBits = maskSize(flags, clusterCidr);
  return await startServer(host, {
    dataDir: context.path(flags.dataDir),
    listen: parseListen(flags.listen),
    ...(flags.kubeconfig !== undefined &&
      { kubeconfig: context.path(flags.kubeconfig) }),
    ...(clusterCidr !== undefined && { clusterCidr }),
    ...(serviceCidr !== undefined && { serviceCidr }),
    ...(nodeCidrBits !== undefined && { nodeCidrBits }),
    ...(flags.advertiseAddress && { names: flags.advertiseAddress }),
    ...(flags.encryptionProviderConfig !== undefined &&
      { encryptionConfig: context.path(flags.encryptionProviderConfig) }),
    ...auditOptions(context, flags),
    localStorage: !disabled(flags).has(LOCAL_STORAGE),
    images: disabled(flags).has(REGISTRY)
      ? false
      : imageOptions(context, flags),
    denyServiceExternalIPs: admissionPlugins(flags).has(DENY_EXTERNAL_IPS),
    allowLoopbackEndpoints: clusterCidr?.startsWith("127.") ?? false,
    parts: SERVER_PARTS,
  });
}

/** `127.0.0.1:6443`, `[::1]:6443`, `:6443`. @throws {CliFailure} for anything else */
export function parseListen(text: string): { hostname: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new CliFailure(
      `--listen must be ADDRESS:PORT, for example 127.0.0.1:6443, not "${text}"`,
      { exitCode: EXIT_USAGE },
    );
  }
  return { hostname: match[1] ?? (match[2] || "0.0.0.0"), port };
}

function cidr(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const numbers = (match ?? []).slice(1).map(Number);
  if (!match || numbers.slice(0, 4).some((n) => n > 255) || numbers[4]! > 30) {
    throw new CliFailure(
      `${flag} must be an IPv4 network such as 10.42.0.0/16, not "${text}"`,
      { exitCode: EXIT_USAGE },
    );
  }
  return text;
}

/** A node's part of the pods' network. @throws {CliFailure} when the network has no such parts */
function maskSize(
  { nodeCidrMaskSize }: ServerFlags,
  clusterCidr: string | undefined,
): number | undefined {
  const bits = wholeNumber("--node-cidr-mask-size", nodeCidrMaskSize);
  if (bits === undefined) return undefined;
  const least = Number(clusterCidr?.split("/")[1] ?? 0);
  const most = 30;
  if (bits > most || bits < least) {
    throw new CliFailure(
      `--node-cidr-mask-size must be from ${least} (the whole network of the pods) to ${most}, not ${bits}`,
      { exitCode: EXIT_USAGE },
    );
  }
  return bits;
}

/** The one admission part that is not always on. */
const DENY_EXTERNAL_IPS = "DenyServiceExternalIPs";

/** @throws {CliFailure} for parts that cannot be turned on */
function admissionPlugins(
  { enableAdmissionPlugins = [] }: ServerFlags,
): ReadonlySet<string> {
  const names = enableAdmissionPlugins.flatMap((text) => text.split(","));
  const unknown = names.find((name) => name !== DENY_EXTERNAL_IPS);
  if (unknown !== undefined) {
    throw new CliFailure(
      `--enable-admission-plugins knows only ${DENY_EXTERNAL_IPS}, not "${unknown}": the others are on, or not there`,
      { exitCode: EXIT_USAGE },
    );
  }
  return new Set(names);
}

/** What comes with a server and can be turned off; the class of volumes under K3s' name. */
const LOCAL_STORAGE = "local-storage";
const REGISTRY = "registry";

/** @throws {CliFailure} for parts that cannot be turned off */
function disabled({ disable = [] }: ServerFlags): ReadonlySet<string> {
  const names = disable.flatMap((text) => text.split(","));
  const unknown = names.find((name) =>
    name !== LOCAL_STORAGE && name !== REGISTRY
  );
  if (unknown !== undefined) {
    throw new CliFailure(
      `--disable knows only ${LOCAL_STORAGE} and ${REGISTRY}, not "${unknown}"`,
      { exitCode: EXIT_USAGE },
    );
  }
  return new Set(names);
}

/** @throws {CliFailure} for a size that is none */
function imageOptions(
  context: CliContext,
  { registryDir, registryQuota }: ServerFlags,
): { dir?: string; quotaBytes?: number } {
  return {
    ...registryDir !== undefined && { dir: context.path(registryDir) },
    ...registryQuota !== undefined && { quotaBytes: size(registryQuota) },
  };
}

function size(text: string): number {
  try {
    const bytes = wholeUnits(text);
    if (bytes > 0) return bytes;
  } catch {
    // Told below.
  }
  throw new CliFailure(
    `--registry-quota must be a size such as 20Gi, not "${text}"`,
    { exitCode: EXIT_USAGE },
  );
}

/** @throws {CliFailure} when one of the two flags that belong together is missing */
function auditOptions(
  context: CliContext,
  flags: ServerFlags,
): { audit?: AuditOptions } {
  const { auditPolicyFile: policy, auditLogPath: log } = flags;
  if (policy === undefined && log === undefined) return {};
  if (policy === undefined || log === undefined) {
    throw new CliFailure(
      "--audit-policy-file and --audit-log-path go together",
      { exitCode: EXIT_USAGE },
    );
  }
  const maxSizeMb = wholeNumber("--audit-log-maxsize", flags.auditLogMaxsize);
  const maxBackups = wholeNumber(
    "--audit-log-maxbackup",
    flags.auditLogMaxbackup,
  );
  const maxAgeDays = wholeNumber("--audit-log-maxage", flags.auditLogMaxage);
  return {
    audit: {
      policyFile: context.path(policy),
      logPath: log === "-" ? log : context.path(log),
      print: (text) => context.terminal.out(text),
      ...(maxSizeMb && { maxSizeMb }),
      ...(maxBackups !== undefined && { maxBackups }),
      ...(maxAgeDays !== undefined && { maxAgeDays }),
    },
  };
}

function wholeNumber(
  flag: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new CliFailure(`${flag} must be a number, not "${text}"`, {
      exitCode: EXIT_USAGE,
    });
  }
  return Number(text);
}
