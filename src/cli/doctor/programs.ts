/**
 * Programs of the machine: where they are, and which.
 *
 * @module
 */
import { encodeHex } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import type { Finding, Level } from "./finding.ts";

/** Folders that PATH may lack. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
const VERSION_TIMEOUT_MS = 10_000;
const READ_BYTES = 4 * 1024 * 1024;
const SHOWN_DIGITS = 12;

type ProgramHost = Pick<Host, "disk" | "processes" | "crypto">;

/** A program, looked at. */
export interface FoundProgram {
  /** As it is found. */
  readonly path: string;
  /** Without links. */
  readonly realPath: string;
  /** Undefined when it does not run. */
  readonly version: string | undefined;
  readonly sha256: string;
}

/** A program's path, where an agent would find it. */
export function findProgram(
  host: Pick<Host, "disk" | "processes">,
  name: string,
): Promise<string | undefined> {
  const folders = (host.processes.env("PATH") ?? "").split(":").filter(Boolean);
  return firstThere(
    host,
    [...folders, ...SYSTEM_FOLDERS].map((folder) => `${folder}/${name}`),
  );
}

/** The first of these paths where something is. */
export async function firstThere(
  host: Pick<Host, "disk">,
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) {
    if (await host.disk.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}

/** Looks at a program: its version by its own words, its digest by its bytes. */
export async function lookAt(
  host: ProgramHost,
  path: string,
  args: readonly string[] = ["--version"],
): Promise<FoundProgram> {
  const realPath = await host.disk.realPath(path);
  const [version, sha256] = await Promise.all([
    versionOf(host, path, args),
    digestOfFile(host, realPath),
  ]);
  return { path, realPath, version, sha256 };
}

async function versionOf(
  host: ProgramHost,
  path: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await host.processes.run(path, {
      args,
      timeoutMs: VERSION_TIMEOUT_MS,
    });
    if (code !== 0) return undefined;
    return /\d+\.\d+(?:\.\d+)?(?:[~+-][\w.~+]+)?/.exec(stdout || stderr)?.[0];
  } catch {
    return undefined;
  }
}

async function digestOfFile(host: ProgramHost, path: string): Promise<string> {
  const hasher = host.crypto.hasher("sha256");
  for (let offset = 0;;) {
    const part = await host.disk.readAt(path, { offset, length: READ_BYTES });
    if (part.length === 0) break;
    hasher.update(part);
    offset += part.length;
  }
  return encodeHex(hasher.digest());
}

/** Where it came from, as far as its place tells. */
export function originOf({ realPath }: FoundProgram): string {
  if (realPath.includes("/_npx/")) return "by npx";
  if (realPath.includes("/.cache/wherry/")) return "fetched by the demo";
  if (realPath.includes("/node_modules/")) return "from npm";
  if (/^\/(?:usr\/local|opt)\//.test(realPath)) return "the machine's own";
  if (/^\/(?:usr|bin|sbin)\//.test(realPath)) return "the distribution's";
  return "the user's";
}

/** A line about a program that was found. */
export function programFinding(
  what: string,
  program: FoundProgram,
  options: { readonly minimum?: string; readonly ifBad?: Level } = {},
): Finding {
  const { version, path, sha256 } = program;
  const { minimum, ifBad = "warn" } = options;
  const facts = {
    path,
    sha256,
    origin: originOf(program),
    ...version !== undefined && { version },
  };
  if (version === undefined) {
    return {
      what,
      level: ifBad,
      text: `"${path}" does not run`,
      advice: "replace it with one for this machine",
      facts,
    };
  }
  const text = `${version}, ${path} (${originOf(program)}, sha256:${
    sha256.slice(0, SHOWN_DIGITS)
  }…)`;
  if (minimum !== undefined && !isAtLeast(version, minimum)) {
    return {
      what,
      level: ifBad,
      text: `${text} is too old`,
      advice: `version ${minimum} or newer is needed`,
      facts,
    };
  }
  return { what, level: "ok", text, facts };
}

/** Whether a dotted version is another one or newer. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split(/[^\d]+/).map(Number);
  const need = minimum.split(".").map(Number);
  for (const [i, part] of need.entries()) {
    const own = have[i] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
