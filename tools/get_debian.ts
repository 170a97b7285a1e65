/**
 * Gets Debian packages into a cache folder without changing the machine: nothing is installed, enabled or replaced.
 *
 * Packages are only reached through apt, so the machine's own configuration (mirrors, proxies, keys) counts. apt works on private
 * lists, and `dpkg-deb -x` unpacks into `<cache>/debian/<set>/`. Works as root and as an ordinary user.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { withFolderLock } from "./lock.ts";
import { runCommand } from "./run_command.ts";

/** Packages that serve one purpose and are unpacked together. */
export interface DebianSet {
  /** Name of the folder. */
  readonly name: string;
  /** What is wanted; dependencies that the machine lacks come along. */
  readonly packages: readonly string[];
  /** Dependencies that are not needed for our use. */
  readonly except?: readonly string[];
  /** Ends the progress line: "Getting … from Debian: <why>". */
  readonly why: string;
}

/** An unpacked set. */
export interface DebianTree {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** Names and versions of what is inside. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Where to and how {@linkcode getDebian} works. */
export interface GetDebianOptions {
  /** The cache folder; `debian/` is made in it. */
  readonly cacheDir: string;
  /** Takes progress lines. @default standard error */
  readonly report?: (line: string) => void;
}

/** Parts of the C library: a newer one does not run under the machine's own loader. */
const NEVER = ["libc6", "libc-bin", "libgcc-s1", "gcc-12-base", "libcrypt1"];

/** Age at which apt's private lists are fetched again. */
const LISTS_MAX_AGE_MS = 24 * 3600 * 1000;

/**
 * The unpacked set, from the cache or through apt. Safe to call at once from several processes, and again after a break.
 *
 * @throws {Error} when the machine has no apt, or the packages cannot be had.
 */
export async function getDebian(
  set: DebianSet,
  options: GetDebianOptions,
): Promise<DebianTree> {
  const report = options.report ?? console.error;
  const base = join(options.cacheDir, "debian");
  const ready = await readTree(base, set);
  if (ready) return ready;
  if (!await isDebian()) {
    throw new Error("Cannot get Debian packages: this machine has no apt");
  }
  await Deno.mkdir(base, { recursive: true });
  return await withFolderLock(base, async () => {
    const made = await readTree(base, set);
    if (made) return made;
    const apt = await Apt.open(base);
    await apt.update(report, { ifOlderThanMs: LISTS_MAX_AGE_MS });
    try {
      return await unpack(apt, { set, base, report });
    } catch (error) {
      // The lists may be older than the mirror.
      if (!await apt.update(report, { ifOlderThanMs: 60_000 })) throw error;
      return await unpack(apt, { set, base, report });
    }
  });
}

/**
 * Environment for running programs out of unpacked sets: their libraries and folders come before the machine's.
 * Meant for the programs themselves, not for whole sessions.
 */
export async function debianEnvironment(
  trees: readonly DebianTree[],
): Promise<Record<string, string>> {
  const folders = trees.flatMap((tree) =>
    ["usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"].map((part) =>
      join(tree.root, part)
    )
  );
  const path = [...folders, Deno.env.get("PATH") ?? "/usr/bin:/bin"];
  const env: Record<string, string> = { PATH: path.join(delimiter) };
  const libraries = (await Promise.all(trees.map(libraryFolders))).flat();
  if (libraries.length > 0) {
    env["LD_LIBRARY_PATH"] = libraries.join(delimiter);
  }
  return env;
}

/** Folders of a tree that hold shared libraries. */
export async function libraryFolders(tree: DebianTree): Promise<string[]> {
  const found: string[] = [];
  for (const part of ["usr/lib", "lib"]) {
    for (const name of await names(join(tree.root, part))) {
      const folder = join(tree.root, part, name);
      if (!name.includes("-linux-gnu")) continue;
      if ((await names(folder)).some((file) => file.includes(".so"))) {
        found.push(folder);
      }
    }
  }
  return found;
}

/** Whether packages can be had here at all: Linux with apt and dpkg. */
export async function isDebian(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const there = await Promise.all(
    ["/usr/bin/apt-get", "/usr/bin/dpkg-deb"].map((path) =>
      Deno.stat(path).then(() => true, () => false)
    ),
  );
  return there.every(Boolean);
}

/** apt with private lists. */
class Apt {
  readonly #base: string;
  readonly #arguments: readonly string[];

  private constructor(base: string, config: string) {
    this.#base = base;
    this.#arguments = [
      ...["-c", config],
      ...["-o", `Dir::State::lists=${join(base, "lists")}`],
      ...["-o", `Dir::Cache=${join(base, "apt-cache")}`],
      ...["-o", "Dir::Cache::pkgcache="],
      ...["-o", "Dir::Cache::srcpkgcache="],
      ...["-o", "Acquire::Languages=none"],
      ...["-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false"],
      ...["-o", "Acquire::IndexTargets::deb::CNF::DefaultEnabled=false"],
      // The cache folder may be one that the user _apt cannot enter.
      ...["-o", "APT::Sandbox::User=root"],
    ];
  }

  static async open(base: string): Promise<Apt> {
    for (const part of ["lists/partial", "apt-cache/archives/partial"]) {
      await Deno.mkdir(join(base, part), { recursive: true });
    }
    const config = join(base, "apt.conf");
    // Machines have hooks that clean up the system's own cache, tell PackageKit and so on: not our business.
    await Deno.writeTextFile(
      config,
      ["Pre-Invoke", "Post-Invoke", "Post-Invoke-Success"]
        .map((hook) => `#clear APT::Update::${hook};\n`).join(""),
    );
    return new Apt(base, config);
  }

  /** Fetches the package lists; false when they are young enough. */
  async update(
    report: (line: string) => void,
    options: { ifOlderThanMs: number },
  ): Promise<boolean> {
    const stamp = join(this.#base, "lists.stamp");
    const age = await Deno.stat(stamp).then(
      (info) => Date.now() - (info.mtime?.getTime() ?? 0),
      () => Infinity,
    );
    if (age >= 0 && age < options.ifOlderThanMs) return false;
    report(
      "Fetching Debian's package lists (into the cache; the machine's own are not touched)",
    );
    const result = await this.run("apt-get", ["-q", "update"]);
    // One broken source of several is the machine's matter: what counts is whether our packages can be had.
    if (result.code === 0) await Deno.writeTextFile(stamp, "");
    return true;
  }

  run(
    program: string,
    args: readonly string[],
    cwd?: string,
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    return runCommand(program, {
      args: [...this.#arguments, ...args],
      env: { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
      ...(cwd ? { cwd } : {}),
    });
  }
}

/** Which packages, dependencies included, the machine lacks; what is asked for is always among them. */
async function resolve(
  apt: Apt,
  set: DebianSet,
): Promise<Map<string, string>> {
  const plan = await apt.run("apt-get", [
    ...["-s", "-y", "-qq", "--no-install-recommends"],
    ...["--allow-change-held-packages", "install", ...set.packages],
  ]);
  const wanted = new Map<string, string>(
    set.packages.map((name) => [name, ""]),
  );
  for (const line of plan.stdout.split("\n")) {
    const [, name, version] =
      line.match(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/) ?? [];
    if (name && version) wanted.set(name, version);
  }
  for (const name of [...NEVER, ...set.except ?? []]) wanted.delete(name);
  if (plan.code !== 0 && wanted.size === set.packages.length) {
    throw new Error(
      `Cannot find ${set.packages.join(", ")} in Debian: ${
        lastLine(plan.stderr)
      }`,
    );
  }
  return wanted;
}

async function unpack(
  apt: Apt,
  task: { set: DebianSet; base: string; report: (line: string) => void },
): Promise<DebianTree> {
  const { set, base } = task;
  const wanted = await resolve(apt, set);
  task.report(
    `Getting ${[...wanted.keys()].join(", ")} from Debian: ${set.why}`,
  );
  // apt keeps complete files of an earlier try and checks each against the signed lists.
  const archives = join(base, `archives-${set.name}`);
  await Deno.mkdir(archives, { recursive: true });
  const got = await apt.run("apt-get", [
    ...["-qq", "download"],
    ...[...wanted].map(([name, version]) =>
      version ? `${name}=${version}` : name
    ),
  ], archives);
  if (got.code !== 0) {
    throw new Error(
      `Cannot download ${[...wanted.keys()].join(", ")}: ${
        lastLine(got.stderr)
      }`,
    );
  }
  const root = join(base, set.name);
  const draft = `${root}.draft`;
  await Deno.remove(draft, { recursive: true }).catch(() => {});
  await Deno.mkdir(draft);
  const packages: Record<string, string> = {};
  for (const file of (await names(archives)).toSorted()) {
    if (!file.endsWith(".deb")) continue;
    const [name, version] = file.split("_");
    // A leftover of a try with other packages.
    if (!name || !version || !wanted.has(name)) continue;
    const done = await runCommand("dpkg-deb", {
      args: ["-x", join(archives, file), draft],
    });
    if (done.code !== 0) {
      throw new Error(`Cannot unpack "${file}": ${lastLine(done.stderr)}`);
    }
    packages[name] = decodeURIComponent(version);
  }
  const stamp = { asked: set.packages, packages };
  await Deno.writeTextFile(join(draft, STAMP), JSON.stringify(stamp));
  await Deno.remove(root, { recursive: true }).catch(() => {});
  await Deno.rename(draft, root);
  await Deno.remove(archives, { recursive: true });
  return { root, packages };
}

const STAMP = ".wherry-set.json";

async function readTree(
  base: string,
  set: DebianSet,
): Promise<DebianTree | undefined> {
  const root = join(base, set.name);
  try {
    const stamp = JSON.parse(await Deno.readTextFile(join(root, STAMP)));
    if (String(stamp.asked) !== String(set.packages)) return undefined;
    return { root, packages: stamp.packages };
  } catch {
    return undefined;
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((e) => e.name);
  } catch {
    return [];
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "apt gave no reason";
}
