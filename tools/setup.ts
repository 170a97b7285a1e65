/**
 * Gets what the machine lacks to run pods into a cache folder: wasmtime for everybody; containerd, runc, the CNI plugins,
 * nftables and a static busybox for root on a Debian-family machine.
 *
 * What is on PATH and new enough is used as it is. Nothing is installed, enabled, replaced or reconfigured.
 * A second run only looks whether all is still there.
 *
 * Also a program: `deno run -A tools/setup.ts [cache folder]` prints the result as JSON on standard output.
 *
 * @module
 */

import { join } from "node:path";
import { getDebian, isDebian, libraryFolders } from "./get_debian.ts";
import { findProgram, isAtLeast, programVersion } from "./programs.ts";
import { withFolderLock } from "./lock.ts";
import { getWasmtime } from "./get_wasmtime.ts";

/** What {@linkcode setup} can get. */
export type Want = "wasmtime" | "containers" | "nft" | "busybox";

/** Paths of the programs; a missing one is named in `skipped`. */
export interface Tools {
  readonly wasmtime?: string;
  readonly containerd?: string;
  readonly ctr?: string;
  readonly runc?: string;
  /** Folder of the CNI plugins. */
  readonly cniBin?: string;
  readonly nft?: string;
  /** A statically linked busybox, for building images. */
  readonly busybox?: string;
  /** Folder to put in front of PATH: it holds links or wrappers for all of the above that came from the cache. */
  readonly binDir: string;
  /** What is not there, with one line saying why. */
  readonly skipped: readonly { readonly what: Want; readonly why: string }[];
}

/** How {@linkcode setup} works. */
export interface SetupOptions {
  /** @default {@linkcode defaultCacheDir} */
  readonly cacheDir?: string;
  /** @default everything */
  readonly want?: readonly Want[];
  /** Takes progress lines. @default standard error */
  readonly report?: (line: string) => void;
}

/** Everything. */
export const ALL: readonly Want[] = [
  "wasmtime",
  "containers",
  "nft",
  "busybox",
];

/** Oldest versions that do; older ones on PATH are left alone and the cache's are used. */
const MINIMUM = { containerd: "1.6.0", runc: "1.1.0", nft: "1.0.0" } as const;

type Found = { -readonly [K in keyof Tools]?: Tools[K] };

/** `$XDG_CACHE_HOME/wherry`, else `~/.cache/wherry`. */
export function defaultCacheDir(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ||
    join(Deno.env.get("HOME") ?? "/root", ".cache");
  return join(base, "wherry");
}

/** Finds or gets the tools. Never throws for a tool that cannot be had: see `skipped`. */
export async function setup(options: SetupOptions = {}): Promise<Tools> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const want = options.want ?? ALL;
  const context = {
    cacheDir,
    binDir: join(cacheDir, "bin"),
    report: options.report ?? console.error,
  };
  const memory = await recall(context, want);
  if (memory) return memory;
  await Deno.mkdir(context.binDir, { recursive: true });
  return await withFolderLock(cacheDir, async () => {
    const found: Found = {};
    const skipped: { what: Want; why: string }[] = [];
    for (const what of ALL.filter((one) => want.includes(one))) {
      try {
        Object.assign(found, await GET[what](context));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        skipped.push({ what, why });
      }
    }
    const tools: Tools = { ...found, binDir: context.binDir, skipped };
    await remember(context, { want, tools });
    return tools;
  });
}

interface Context {
  readonly cacheDir: string;
  readonly binDir: string;
  readonly report: (line: string) => void;
}

const GET: Readonly<Record<Want, (context: Context) => Promise<Found>>> = {
  wasmtime: async ({ cacheDir, report, binDir }) => {
    const wasmtime = await getWasmtime({ cacheDir, report });
    await link(binDir, { wasmtime });
    return { wasmtime };
  },
  containers: getContainers,
  nft: getNft,
  busybox: getBusybox,
};

/** One line saying why containers cannot run here, else undefined. */
export async function whyNoContainers(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "Containers need Linux";
  if (Deno.uid() !== 0) return "Containers need root";
  if (!await isDebian()) {
    return "No containerd on PATH, and this machine has no apt to get it with";
  }
  return undefined;
}

async function getContainers(context: Context): Promise<Found> {
  if (Deno.uid() !== 0) throw new Error(await whyNoContainers());
  const host = await hostContainers(context.binDir);
  if (host) return host;
  const why = await whyNoContainers();
  if (why) throw new Error(why);
  const { root } = await getDebian({
    name: "containerd",
    packages: ["containerd", "runc", "containernetworking-plugins"],
    // Only the portmap and firewall plugins and masquerading by the bridge plugin use it; we do these with nft.
    except: [
      "iptables",
      "libip4tc2",
      "libip6tc2",
      "libnetfilter-conntrack3",
      "libnfnetlink0",
      "libnftnl11",
      "libxtables12",
      "netbase",
    ],
    why: "they run the pods' containers",
  }, context);
  const tools = {
    containerd: join(root, "usr/bin/containerd"),
    ctr: join(root, "usr/bin/ctr"),
    runc: join(root, "usr/sbin/runc"),
  };
  const cniBin = join(root, "usr/lib/cni");
  await link(context.binDir, {
    ...tools,
    "containerd-shim-runc-v2": join(root, "usr/bin/containerd-shim-runc-v2"),
    // Where the agent looks for the plugins that go with a containerd on PATH.
    cni: cniBin,
  });
  return { ...tools, cniBin };
}

/** The machine's own, when all parts are there and new enough. */
async function hostContainers(binDir: string): Promise<Found | undefined> {
  const [containerd, ctr, shim, runc] = await Promise.all(
    ["containerd", "ctr", "containerd-shim-runc-v2", "runc"].map((name) =>
      findProgram(name, { except: binDir })
    ),
  );
  if (!containerd || !ctr || !shim || !runc) return undefined;
  for (
    const [name, path] of [["containerd", containerd], ["runc", runc]] as const
  ) {
    const version = await programVersion(path);
    if (!version || !isAtLeast(version, MINIMUM[name])) return undefined;
  }
  for (const cniBin of ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"]) {
    const parts = ["bridge", "host-local", "loopback"];
    const there = await Promise.all(
      parts.map((part) =>
        Deno.stat(join(cniBin, part)).then(() => true, () => false)
      ),
    );
    if (there.every(Boolean)) return { containerd, ctr, runc, cniBin };
  }
  return undefined;
}

async function getNft(context: Context): Promise<Found> {
  if (Deno.uid() !== 0) throw new Error("Service redirects by nft need root");
  const host = await findProgram("nft", { except: context.binDir });
  if (host) {
    const version = await programVersion(host);
    if (version && isAtLeast(version, MINIMUM.nft)) return { nft: host };
  }
  const tree = await getDebian({
    name: "nftables",
    packages: [
      "nftables",
      "libnftables1",
      "libnftnl11",
      "libxtables12",
      "libjansson4",
    ],
    why: "the service proxy redirects with it",
  }, context);
  const nft = join(context.binDir, "nft");
  await wrap(nft, {
    program: join(tree.root, "usr/sbin/nft"),
    libraries: await libraryFolders(tree),
  });
  return { nft };
}

async function getBusybox(context: Context): Promise<Found> {
  if (Deno.uid() !== 0) throw new Error("Needed for containers only");
  const { root } = await getDebian({
    name: "busybox",
    packages: ["busybox-static"],
    why: "the local container images are made of it",
  }, context);
  // merged-/usr releases moved it.
  for (const path of ["usr/bin/busybox", "bin/busybox"]) {
    const busybox = join(root, path);
    if (await Deno.stat(busybox).then(() => true, () => false)) {
      return { busybox };
    }
  }
  throw new Error("Debian's busybox-static holds no busybox");
}

/** Symbolic links in the bin folder, each replaced as one step. */
async function link(
  binDir: string,
  targets: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, target] of Object.entries(targets)) {
    const draft = join(binDir, `.${name}.draft`);
    await Deno.remove(draft).catch(() => {});
    await Deno.symlink(target, draft);
    await Deno.rename(draft, join(binDir, name));
  }
}

/** A shell script that runs the program with its own libraries, and only it. */
async function wrap(
  path: string,
  target: { program: string; libraries: readonly string[] },
): Promise<void> {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const draft = `${path}.draft`;
  await Deno.writeTextFile(
    draft,
    `#!/bin/sh\nLD_LIBRARY_PATH=${quote(target.libraries.join(":"))} exec ${
      quote(target.program)
    } "$@"\n`,
    { mode: 0o755 },
  );
  await Deno.rename(draft, path);
}

/** What the last run found; of use while the files are the same ones. */
interface Memory {
  readonly user: number;
  readonly path: string;
  readonly want: readonly Want[];
  readonly tools: Tools;
  readonly prints: readonly string[];
}

async function recall(
  context: Context,
  want: readonly Want[],
): Promise<Tools | undefined> {
  try {
    const memory: Memory = JSON.parse(
      await Deno.readTextFile(join(context.cacheDir, memoryName())),
    );
    // A tool that could not be had is tried again.
    const usable = memory.path === Deno.env.get("PATH") &&
      want.every((what) =>
        memory.want.includes(what) &&
        !memory.tools.skipped.some((skip) =>
          skip.what === what && mayHelp(skip.why)
        )
      ) && String(await prints(memory.tools)) === String(memory.prints);
    if (!usable) return undefined;
    const skipped = memory.tools.skipped.filter((skip) =>
      want.includes(skip.what)
    );
    return { ...memory.tools, skipped };
  } catch {
    return undefined;
  }
}

/** Whether trying again may give another answer: being an ordinary user stays so. */
function mayHelp(why: string): boolean {
  return !/need(s|ed)? (root|Linux|for containers)/i.test(why);
}

async function remember(
  context: Context,
  result: { want: readonly Want[]; tools: Tools },
): Promise<void> {
  const memory: Memory = {
    user: Deno.uid() ?? -1,
    path: Deno.env.get("PATH") ?? "",
    ...result,
    prints: await prints(result.tools),
  };
  const path = join(context.cacheDir, memoryName());
  await Deno.writeTextFile(`${path}.draft`, JSON.stringify(memory, null, 2));
  await Deno.rename(`${path}.draft`, path);
}

function memoryName(): string {
  // The number goes up when the bin folder gets more in it.
  return `tools-2-${Deno.uid() ?? "user"}.json`;
}

/** Size and time of each tool, to see that it is the one that was looked at. */
function prints(tools: Tools): Promise<string[]> {
  const paths = Object.entries(tools).flatMap(([name, value]) =>
    typeof value === "string" && name !== "binDir" ? [value] : []
  );
  return Promise.all(paths.map(async (path) => {
    const info = await Deno.stat(path);
    return `${path} ${info.size} ${info.mtime?.getTime()}`;
  }));
}

if (import.meta.main) {
  const [cacheDir] = Deno.args;
  const tools = await setup(cacheDir ? { cacheDir } : {});
  for (const { what, why } of tools.skipped) {
    console.error(`Skipped ${what}: ${why}`);
  }
  console.log(JSON.stringify(tools, null, 2));
}
