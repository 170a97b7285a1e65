/**
 * Pods for the tests of how containers are configured, and looks at what became of them.
 *
 * @module
 */
import { BUSYBOX_IMAGE } from "../../tools/make_image.ts";
import type { Any } from "../e2e/objects.ts";
import type { Rig } from "../e2e/rig.ts";

/** A pod of one container `app` that runs a script and then rests; `spec` and `container` add to it. */
export function shellPod(
  name: string,
  options: {
    readonly script?: string;
    readonly container?: Any;
    readonly spec?: Any;
    readonly metadata?: Any;
  } = {},
): Any {
  const { script = "true", container = {}, spec = {}, metadata = {} } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name }, ...metadata },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{
        name: "app",
        image: BUSYBOX_IMAGE,
        command: ["sh", "-c", `${script}; echo done; exec sleep 100000`],
        ...container,
      }],
      ...spec,
    },
  };
}

/** Creates pods and waits until each has said all that it says. Answers the lines of each, without the last. */
export async function said(
  rig: Rig,
  ...pods: readonly Any[]
): Promise<string[][]> {
  await rig.create(...pods);
  const lines: string[][] = [];
  for (const { metadata } of pods) {
    let text = "";
    await rig.until(`${metadata.name} has said all`, async () => {
      text = await output(rig, metadata.name);
      return /^done$/m.test(text);
    });
    lines.push(text.slice(0, text.indexOf("done\n")).split("\n").slice(0, -1));
  }
  return lines;
}

/** What a container printed. */
export async function output(
  rig: Rig,
  pod: string,
  container = "app",
): Promise<string> {
  const { stdout } = await rig.cluster.wherry("logs", pod, "-c", container);
  return stdout;
}

/** Waits until a container of the pod waits for this reason; answers its message. */
export async function waitsFor(
  rig: Rig,
  name: string,
  reason: string,
): Promise<string> {
  let message = "";
  await rig.until(`${name} waits for ${reason}`, async () => {
    const { status } = await rig.get("pods", name);
    const all = [
      ...status.initContainerStatuses ?? [],
      ...status.containerStatuses ?? [],
    ];
    const found = all.find(({ state }: Any) =>
      state.waiting?.reason === reason
    );
    message = found?.state.waiting.message ?? "";
    return found !== undefined;
  });
  return message;
}

/** `Reason: message` of the events about a pod. */
export async function eventsOf(rig: Rig, name: string): Promise<string[]> {
  return (await rig.list("events"))
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`);
}

/** Deletes pods and waits until they are gone. */
export async function gone(rig: Rig, ...names: string[]): Promise<void> {
  for (const name of names) {
    await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
  }
  await rig.until(`${names.join(", ")} are gone`, async () => {
    const there = (await rig.list("pods")).map(({ metadata }) => metadata.name);
    return names.every((name) => !there.includes(name));
  });
}

const MOUNT = "/sys/fs/cgroup";

/** Whether the machine has control groups of version 2 only. */
export function isUnified(): boolean {
  try {
    Deno.statSync(`${MOUNT}/cgroup.controllers`);
    return true;
  } catch {
    return false;
  }
}

/** What a control group is told of, in version 1's words on either version: `cpu.shares` is converted from no file. */
export function groupFile(
  path: string,
  names: { readonly v1: string; readonly v2: string },
): string {
  const controller = names.v1.split(".")[0]!;
  const file = isUnified()
    ? `${MOUNT}${path}/${names.v2}`
    : `${MOUNT}/${controller}${path}/${names.v1}`;
  return Deno.readTextFileSync(file).trim();
}

/** All folders of a control group, in every hierarchy. */
export function groupFolders(path: string): string[] {
  const roots = ["", ...[...Deno.readDirSync(MOUNT)].map(({ name }) => name)];
  return roots.map((root) => `${MOUNT}/${root}${path}`.replace("//", "/"))
    .filter((folder) => {
      try {
        return Deno.statSync(folder).isDirectory;
      } catch {
        return false;
      }
    });
}

/** The id of a container that runs, without the runtime's name. */
export async function containerId(
  rig: Rig,
  pod: string,
  container = "app",
): Promise<string> {
  const { status } = await rig.get("pods", pod);
  const found = status.containerStatuses.find(({ name }: Any) =>
    name === container
  );
  return found.containerID.replace(/^.*:\/\//, "");
}
