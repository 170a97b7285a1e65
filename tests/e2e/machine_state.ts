/**
 * What a program may leave behind on a machine, as text to compare. Meant for a machine of one's own: network, mount and process namespaces with fresh
 * file systems on {@linkcode FRESH}, see `leftovers_test.ts`.
 *
 * @module
 */
import { runCommand } from "../support/cluster.ts";
import { processes } from "./processes.ts";

/** Folders on which the machine of one's own has fresh file systems. */
export const FRESH = ["/run", "/var/lib/cni"];

/** Further folders that containerd, runc and CNI plugins are known to write to. */
const WATCHED = ["/etc/cni", "/opt", "/var/lib/containerd", "/var/run"];

/** One list of lines for each kind of thing. */
export type MachineState = Readonly<Record<string, readonly string[]>>;

/** Looks at it all. */
export async function machineState(): Promise<MachineState> {
  const lines = async (program: string, ...args: string[]) => {
    // A machine without nft has none of its rules.
    const { stdout } = await runCommand(program, args)
      .catch(() => ({ stdout: "" }));
    // The kernel's own addresses come and go with their links' carriers.
    return stdout.trim().split("\n").filter((line) =>
      !/\b(fe80|ff00)::/.test(line)
    ).map(lasting).sort();
  };
  const mounts = await Deno.readTextFile("/proc/self/mountinfo");
  return {
    processes: (await processes()).filter(({ pid, parent }) =>
      // This program, and what ran before it.
      pid !== Deno.pid && parent !== Deno.pid && pid !== 1 &&
      pid !== Deno.ppid
    ).map(({ command }) => command.replaceAll("\0", " ")),
    mounts: mounts.trim().split("\n").map((line) => line.split(" ")[4]!)
      .sort(),
    links: await lines("ip", "-o", "link"),
    addresses: await lines("ip", "-o", "address"),
    routes: await lines("ip", "route", "show", "table", "all"),
    rules: await lines("ip", "rule"),
    nft: await lines("nft", "list", "ruleset"),
    forwarding: [await Deno.readTextFile("/proc/sys/net/ipv4/ip_forward")],
    files: [...FRESH, ...WATCHED].flatMap((folder) => filesIn(folder).sort()),
  };
}

/** A line without what comes and goes by itself: whether a link has a carrier, whether an address is settled. */
function lasting(line: string): string {
  return line.replace(/ <[A-Z_,-]+>/, "").replace(/ state [A-Z]+/, "")
    .replace(/ (linkdown|tentative)/g, "").trimEnd();
}

/** Control groups of all processes here, and their parents, in every hierarchy. */
export async function controlGroups(): Promise<string[]> {
  const found = new Set<string>();
  for (const { pid, cgroup } of await processes()) {
    if (pid === Deno.pid || pid === 1) continue;
    for (const line of cgroup.trim().split("\n")) {
      const [, names = "", path = ""] = line.split(":");
      const root = `/sys/fs/cgroup/${names.replace("name=", "")}`;
      const parts = path.split("/").filter(Boolean);
      for (let depth = 1; depth <= parts.length; depth++) {
        found.add(`${root}/${parts.slice(0, depth).join("/")}`);
      }
    }
  }
  return [...found].sort();
}

/** Those that are still there with nothing below them. */
export function emptyGroups(paths: readonly string[]): string[] {
  return paths.filter((path) => {
    try {
      return ![...Deno.readDirSync(path)].some(({ isDirectory }) =>
        isDirectory
      ) && Deno.readTextFileSync(`${path}/cgroup.procs`).trim() === "";
    } catch {
      return false;
    }
  });
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return [path, ...entry.isDirectory ? filesIn(path) : []];
    });
  } catch {
    return [];
  }
}
