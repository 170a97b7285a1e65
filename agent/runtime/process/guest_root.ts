/**
 * A root folder of its own for a guest's process: it finds there its program, the machine's libraries, its mounts under the names that the Pod gives them,
 * and nothing else. What the engine's own walls might let through, the kernel then does not have.
 *
 * The root is made at each start by `native/enter_root.rs`, in memory, from a table. As root that needs nothing; an ordinary user needs a user namespace,
 * which some machines refuse.
 *
 * @module
 */
import { posix } from "node:path";
import type { Host } from "../../../src/base/host.ts";
import { keepFile } from "../../../src/base/keep_file.ts";
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import type { GuestFolder, Launch } from "./engine.ts";
import { environmentFile } from "./environment_file.ts";
import { isFileAt, type MountPlan, refuseWhatIsNone } from "./mounts.ts";
import { nativeProgram } from "./native_programs.ts";

/** Where systems keep the libraries of programs; what there is of it is shown, read-only. */
const LIBRARIES = [
  "/usr/lib",
  "/usr/lib32",
  "/usr/lib64",
  "/lib",
  "/lib32",
  "/lib64",
  "/nix/store",
  "/gnu/store",
];

/** Files that the C library reads to find other machines. */
const NAME_FILES = ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf"];

/** Exit status of a program of ours that was called without arguments: it ran. */
const CALLED_WRONGLY = 2;

/** Exit status of ours when the machine refuses. */
const REFUSED = 126;

/**
 * Where a mount cannot be: an engine lets no guest in whatever it may (a terminal, the kernel's own files), or has its own program and libraries there.
 * It is below {@linkcode MOVED} instead.
 */
const TAKEN = /^\/(dev|sys|proc|usr|lib|lib32|lib64|nix|gnu)(\/|$)/;
const MOVED = "/.wherry";

type RootHost = Pick<Host, "disk" | "processes">;

/** What {@linkcode GuestRoots.plan} plans for. */
export interface RootRequest {
  /** The container's. */
  readonly mounts: ContainerConfig["mounts"];
  /** The process, with its `root`. */
  readonly launch: Launch;
  /** The container's own folder. */
  readonly folder: string;
  /** The pod's resolv.conf. @default the machine's */
  readonly resolvConf?: string;
}

/** Makes plans for roots. */
export class GuestRoots {
  readonly #host: RootHost;
  readonly #dir: string;
  #possible: Promise<boolean> | undefined;
  #libraries: Promise<readonly Row[]> | undefined;

  private constructor(host: RootHost, dir: string) {
    this.#host = host;
    this.#dir = dir;
  }

  /** @param dir folder for the program */
  static async open(host: RootHost, dir: string): Promise<GuestRoots> {
    const roots = new GuestRoots(host, dir);
    await keepFile(
      host.disk,
      roots.program,
      nativeProgram("enter_root", host.processes.arch),
      { mode: 0o755, sync: false },
    );
    return roots;
  }

  /** The program that makes a root and becomes the guest's. */
  get program(): string {
    return `${this.#dir}/enter-root`;
  }

  /** Whether this machine lets us; found out once, by trying. @throws when nobody can tell now */
  isPossible(): Promise<boolean> {
    return this.#possible ??= this.#try().catch((error) => {
      this.#possible = undefined; // a full disk says nothing of the machine
      throw error;
    });
  }

  /** The mounts as the guest finds them. @throws {RuntimeError} when one cannot be */
  folders(mounts: ContainerConfig["mounts"]): GuestFolder[] {
    return mounts.map((mount) => {
      refuseWhatIsNone(mount);
      const to = placeOf(mount.containerPath);
      return { from: freePlace(to), to, readOnly: mount.readOnly };
    });
  }

  /** @throws {RuntimeError} `CreateContainerError` when a mount's source is missing */
  async plan(request: RootRequest): Promise<MountPlan> {
    const { disk } = this.#host;
    const { launch, resolvConf } = request;
    const { root } = launch;
    if (!root) throw new TypeError("The launch has no root");
    const table = new RootTable();
    for (const row of await this.#findLibraries()) table.add(...row);
    table.file("code", launch.program, root.program);
    // There is no /proc, but programs look there for their own name.
    table.folder("/proc/self");
    table.add("link", root.program, "/proc/self/exe");
    const mounts = [...request.mounts].sort((a, b) =>
      depth(a.containerPath) - depth(b.containerPath)
    );
    const own = new Set(mounts.map((mount) => placeOf(mount.containerPath)));
    const names = await Promise.all(
      NAME_FILES.filter((path) => !own.has(path)).map(async (path) => {
        const from = path === "/etc/resolv.conf" ? resolvConf ?? path : path;
        // The pod's own is written later.
        const isThere = from === resolvConf ||
          await disk.stat(from).then(() => true, () => false);
        return { path, from, isThere };
      }),
    );
    for (const { path, from, isThere } of names) {
      if (isThere) table.file("read", from, path);
    }
    table.file(root.isCode ? "code" : "read", launch.payload, root.payload);
    for (const name of root.shown ?? []) {
      table.file("read", `${request.folder}/${name}`, `/${name}`);
    }
    for (const { hostPath, containerPath, readOnly } of mounts) {
      const how = readOnly ? "read" : "bind";
      const to = freePlace(placeOf(containerPath));
      if (await isFileAt(this.#host, hostPath)) table.file(how, hostPath, to);
      else table.place(how, hostPath, to);
    }
    if (root.workingDir !== undefined) {
      table.folder(posix.resolve("/", root.workingDir));
    }
    return {
      folders: this.folders(request.mounts),
      points: [],
      links: [],
      rootTable: table.text,
    };
  }

  async #try(): Promise<boolean> {
    const { disk, processes } = this.#host;
    const table = new RootTable();
    table.file("code", this.program, "/program");
    await disk.mkdir(`${this.#dir}/try`);
    const tablePath = `${this.#dir}/try.table`;
    await disk.writeAtomic(tablePath, table.text, { sync: false });
    const envPath = `${this.#dir}/try.env`;
    await disk.writeAtomic(envPath, environmentFile([]), { sync: false });
    const { code } = await processes.run("/bin/sh", {
      args: [
        ...["-c", 'exec 5<"$1"; shift; exec "$@"', "sh", envPath],
        ...[this.program, tablePath, `${this.#dir}/try`, "-"],
        ...(processes.uid === 0 ? ["65534", "65534", ""] : ["-", "-", "-"]),
        ...["/", "/program"],
      ],
    });
    if (code === CALLED_WRONGLY) return true;
    if (code === REFUSED) return false;
    // Not to be taken for a no: guests would have one wall only, as long as the agent runs.
    throw new RuntimeError(
      "CreateContainerError",
      `Can not find out whether guests can have a root folder of their own: what tries it ended with ${code}`,
    );
  }

  #findLibraries(): Promise<readonly Row[]> {
    return this.#libraries ??= this.#readLibraries();
  }

  async #readLibraries(): Promise<readonly Row[]> {
    const { disk } = this.#host;
    const rows: Row[] = [];
    for (const path of LIBRARIES) {
      const info = await disk.stat(path).catch(() => undefined);
      if (info?.isDirectory) {
        rows.push(["folder", "", path], ["code", path, path]);
      } else if (info?.isSymlink) {
        rows.push(["link", await disk.realPath(path), path]);
      }
    }
    return rows;
  }
}

/** What is done, from what, and where in the root: see `native/enter_root.rs`. */
type Row = readonly [
  what: "folder" | "file" | "link" | "bind" | "read" | "code",
  from: string,
  to: string,
];

/** The table of a root. */
class RootTable {
  readonly #rows: Row[] = [];

  /** In the form that the program reads. */
  get text(): string {
    return this.#rows.flat().map((part) => `${part}\0`).join("");
  }

  add(...row: Row): void {
    this.#rows.push(row);
  }

  folder(path: string): void {
    this.add("folder", "", path);
  }

  /** A folder of the machine. */
  place(how: "bind" | "read", from: string, to: string): void {
    this.folder(to);
    this.add(how, from, to);
  }

  /** A file of the machine. */
  file(how: "bind" | "read" | "code", from: string, to: string): void {
    if (posix.dirname(to) !== "/") this.folder(posix.dirname(to));
    this.add("file", "", to);
    this.add(how, from, to);
  }
}

/** Where a mount is in the root: an absolute path without `..`. */
function placeOf(containerPath: string): string {
  const path = posix.resolve("/", containerPath);
  if (path === "/" || path.includes("\0")) {
    throw new RuntimeError(
      "CreateContainerError",
      `Can not mount at "${containerPath}": the engine itself needs it`,
    );
  }
  return path;
}

/** Where the engine can be told to let its guest in; the guest calls it by the mount's own path. */
function freePlace(path: string): string {
  return TAKEN.test(path) ? `${MOVED}${path}` : path;
}

function depth(path: string): number {
  return path.split("/").filter(Boolean).length;
}
