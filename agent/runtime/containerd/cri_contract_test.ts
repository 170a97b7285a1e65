import { join } from "node:path";
import { BUSYBOX_IMAGE } from "../../../tools/make_image.ts";
import { ContainerdRig } from "../../../src/testing/containerd_rig.ts";
import {
  type CommandStep,
  type ContractSubject,
  runtimeContract,
} from "../runtime_contract.ts";
import { findShims, mountsUnder, readBundles } from "./leftovers.ts";

/** A machine with a containerd. */
async function makeSubject(): Promise<ContractSubject> {
  const rig = await ContainerdRig.open();
  const state = rig.own.socket.replace(/[^/]+$/, "state");
  let isFirst = true;
  return {
    missingImage: "127.0.0.1:1/missing:1",
    folder: rig.dir,
    open: async () => {
      const own = isFirst ? rig.own : await rig.connect();
      isFirst = false;
      return own.runtime;
    },
    workload: (steps) => ({
      image: BUSYBOX_IMAGE,
      command: ["sh", "-c"],
      args: [steps.map(shellOf).join("; ")],
    }),
    server: {
      image: BUSYBOX_IMAGE,
      command: ["httpd", "-f", "-p", "8080", "-h", "/"],
      args: [],
      ports: [{ containerPort: 8080, protocol: "TCP" }],
    },
    command: (steps) => ["sh", "-c", steps.map(shellOf).join("; ")],
    leftovers: async () => {
      const { ids, sockets, cgroups } = await readBundles(rig.host, state);
      const shims = await findShims(rig.host, rig.own.socket);
      return [
        ...ids,
        ...sockets,
        ...cgroups,
        ...shims.map(String),
        ...await mountsUnder(rig.host, state),
        ...await files(join(rig.dir, "logs")),
        ...(await files(join(rig.dir, "ipam/test")))
          .filter((path) => /\/\d+\.\d+\.\d+\.\d+$/.test(path)),
        // The contract's pods have this uid.
        ...await folders("/sys/fs/cgroup/memory/wherry/poduid-1"),
        ...await folders("/sys/fs/cgroup/wherry/poduid-1"),
      ];
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

function shellOf(step: CommandStep): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  if ("print" in step) return `echo ${quote(step.print)}`;
  if ("error" in step) return `echo ${quote(step.error)} >&2`;
  if ("sleepMs" in step) return `usleep ${step.sleepMs}000`;
  if ("exit" in step) return `exit ${step.exit}`;
  if ("read" in step) return `cat ${quote(step.read)}`;
  if ("copyInput" in step) return "cat";
  if ("printSize" in step) return "stty size";
  return `echo ${step.printEnv}="$${step.printEnv}"`;
}

async function files(folder: string): Promise<string[]> {
  return (await entries(folder)).flatMap((one) => one.isFile ? [one.path] : []);
}

async function folders(folder: string): Promise<string[]> {
  return (await entries(folder)).flatMap((one) => one.isFile ? [] : [one.path]);
}

async function entries(
  folder: string,
): Promise<{ path: string; isFile: boolean }[]> {
  const found: { path: string; isFile: boolean }[] = [];
  try {
    // A folder counts as well as what is in it.
    if ((await Deno.stat(folder)).isDirectory) {
      found.push({ path: folder, isFile: false });
    }
    for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      found.push({ path, isFile });
      if (isDirectory) found.push(...(await entries(path)).slice(1));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

runtimeContract("CriRuntime on containerd", {
  needs: ["containerd"],
  commands: true,
  make: makeSubject,
});
