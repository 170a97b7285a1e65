/**
 * The machine itself, and what it has for pods.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { Finding, Level, Section } from "./finding.ts";
import { findProgram, firstThere, lookAt, programFinding } from "./programs.ts";

/** The oldest wasmtime whose options the agent knows. */
const MINIMUM_WASMTIME = "48.0.0";
/** Where distributions put CNI plugins; a folder `cni` beside containerd comes before them. */
const CNI_FOLDERS = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];
const CNI_PLUGINS = ["bridge", "host-local", "loopback", "portmap"];
const GET_ENGINES =
  "put it on PATH; `deno task demo` fetches it to ~/.cache/wherry/bin";

type MachineHost = Pick<Host, "disk" | "processes" | "crypto">;

/** What an agent finds here. @param ifBad the level of what is there and of no use */
export async function machineSection(
  host: MachineHost,
  ifBad: Level,
): Promise<Section> {
  const isRoot = host.processes.uid === 0;
  const [wasmtime, containers] = await Promise.all([
    engineFinding(host, "wasmtime", ifBad),
    isRoot ? containerFindings(host, ifBad) : [],
  ]);
  const findings = [
    await systemFinding(host),
    userFinding(host, isRoot),
    ...isRoot ? [await cgroupsFinding(host)] : [],
    wasmtime,
    ...containers,
  ];
  const isLinux = host.processes.os === "linux";
  const nothing = isLinux ? undefined : {
    what: "agent",
    level: ifBad,
    text: `the agent runs on Linux, this is ${host.processes.os}`,
  };
  return {
    title: "For pods (wherry agent, wherry up)",
    findings: nothing ? [nothing, ...findings] : findings,
  };
}

async function systemFinding(host: MachineHost): Promise<Finding> {
  const { os, arch } = host.processes;
  const release = await host.disk.readText("/etc/os-release").catch(() => "");
  const kernel = await host.disk.readText("/proc/sys/kernel/osrelease")
    .catch(() => "");
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? os;
  return {
    what: "system",
    level: "ok",
    text: [name, kernel.trim() && `kernel ${kernel.trim()}`, arch]
      .filter(Boolean).join(", "),
  };
}

function userFinding({ processes }: MachineHost, isRoot: boolean): Finding {
  return isRoot
    ? {
      what: "user",
      level: "ok",
      text:
        "root: WASM, Deno and containers, each pod with a network of its own, limits by cgroups",
    }
    : {
      what: "user",
      level: "warn",
      text:
        `user ${processes.uid}: WASM and Deno pods on loopback addresses; no containers, no cgroups, no ports of the node`,
      advice: "run the agent as root for all of it",
    };
}

async function cgroupsFinding(host: MachineHost): Promise<Finding> {
  const root = "/sys/fs/cgroup";
  const controllers = await host.disk.readText(`${root}/cgroup.controllers`)
    .catch(() => undefined);
  const version = controllers === undefined ? 1 : 2;
  const there = version === 2
    ? controllers!.trim().split(/\s+/)
    : await host.disk.list(root).catch(() => []);
  const missing = ["cpu", "memory", "pids"].filter((name) =>
    !there.some((other) => other.split(",").includes(name))
  );
  const facts = { version };
  if (missing.length === 0) {
    return { what: "cgroups", level: "ok", text: `version ${version}`, facts };
  }
  return {
    what: "cgroups",
    level: "warn",
    text: `version ${version} without ${missing.join(", ")}`,
    advice: "limits of pods are kept by engines only, those of containers not",
    facts,
  };
}

/** What an agent that is started here cannot do without each program. */
const WITHOUT: Readonly<Record<string, string>> = {
  wasmtime: "an agent started here runs no WASM pods",
  containerd: "an agent started here runs no containers",
  runc: "an agent started here runs no containers",
  nft:
    "an agent started here has no addresses of services and no ports of the node for pods",
};

async function engineFinding(
  host: MachineHost,
  name: string,
  ifBad: Level,
): Promise<Finding> {
  const path = await findProgram(host, name);
  if (path !== undefined) {
    return programFinding(
      name,
      await lookAt(host, path),
      { ifBad, ...name === "wasmtime" && { minimum: MINIMUM_WASMTIME } },
    );
  }
  const fetched = await fetchedFolder(host, name);
  return {
    what: name,
    level: "warn",
    text: `not on PATH: ${WITHOUT[name]}`,
    advice: fetched ? `export PATH="${fetched}:$PATH"` : GET_ENGINES,
  };
}

/** The folder that the demo fetches to, if it has a file there. */
async function fetchedFolder(
  host: MachineHost,
  file: string,
): Promise<string | undefined> {
  const folder = `${host.processes.env("HOME") ?? ""}/.cache/wherry/bin`;
  return await firstThere(host, [`${folder}/${file}`]) && folder;
}

async function containerFindings(
  host: MachineHost,
  ifBad: Level,
): Promise<Finding[]> {
  const programs = await Promise.all(
    ["containerd", "runc", "nft"].map((name) =>
      engineFinding(host, name, ifBad)
    ),
  );
  return [...programs, await cniFinding(host)];
}

async function cniFinding(host: MachineHost): Promise<Finding> {
  const folders = (host.processes.env("PATH") ?? "").split(":").filter(Boolean);
  const plugin = await firstThere(
    host,
    [...folders.map((folder) => `${folder}/cni`), ...CNI_FOLDERS]
      .map((folder) => `${folder}/bridge`),
  );
  const folder = plugin?.slice(0, plugin.lastIndexOf("/"));
  if (folder === undefined) {
    const fetched = await fetchedFolder(host, "cni/bridge");
    return {
      what: "CNI plugins",
      level: "warn",
      text: "not found: no network for pods",
      advice: fetched
        ? `export PATH="${fetched}:$PATH"`
        : `${CNI_FOLDERS.join(", ")} or a folder "cni" on PATH`,
    };
  }
  const there = await host.disk.list(folder);
  const missing = CNI_PLUGINS.filter((name) => !there.includes(name));
  return missing.length === 0
    ? { what: "CNI plugins", level: "ok", text: folder }
    : {
      what: "CNI plugins",
      level: "warn",
      text: `${folder} lacks ${missing.join(", ")}`,
    };
}
