/**
 * Pods that note their starts in a file of the machine, and what must stay the same of them whatever happens to the node.
 *
 * @module
 */
import { join } from "node:path";
import { type Any, shellPod } from "../e2e/objects.ts";
import type { Rig } from "../e2e/rig.ts";

/** A pod that runs until it is stopped. Its file is named as the pod, in the cluster's folder. */
export function steadyPod(rig: Rig, name: string, spec: Any = {}): Any {
  const { volumes = [], volumeMounts = [], container, ...rest } = spec;
  return shellPod(
    name,
    `echo started >> /out/${name}; trap exit TERM; sleep 36${name.length} & wait`,
    {
      ...rest,
      container: {
        ...container,
        volumeMounts: [{ name: "out", mountPath: "/out" }, ...volumeMounts],
      },
      volumes: [
        { name: "out", hostPath: { path: rig.cluster.dir } },
        ...volumes,
      ],
    },
  );
}

/** What must stay the same. */
export async function identity(rig: Rig, name: string) {
  const { metadata, status } = await rig.get("pods", name);
  const [main] = status.containerStatuses;
  return {
    uid: metadata.uid,
    ip: status.podIP,
    id: main.containerID,
    restarts: main.restartCount,
    startedAt: main.state.running?.startedAt,
    starts: await Deno.readTextFile(join(rig.cluster.dir, name)),
  };
}

/** Deletes a pod and waits until it is gone. */
export async function remove(rig: Rig, name: string): Promise<void> {
  await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
  await rig.until(
    `${name} is gone`,
    async () => (await rig.get("pods", name)).reason === "NotFound",
  );
}

/** A command in the pod works, and so do a new pod and its end. */
export async function worksAgain(
  rig: Rig,
  { inPod, next }: { inPod: string; next: string },
): Promise<void> {
  await rig.until(`a command runs in ${inPod}`, async () => {
    const { stdout } = await rig.cluster.wherry(
      ...["exec", inPod, "--", "echo", "here"],
    );
    return stdout === "here\n";
  });
  await rig.create(steadyPod(rig, next));
  await rig.ready(`name=${next}`, 1);
  await remove(rig, next);
}
