/**
 * The real agent on the real containerd is killed at every state of a pod and of a container, and before, during and after every call of the runtime:
 * the pod ends as if nothing had happened. (`agent/pod/killed_agent_test.ts` does the same in virtual time with more pods.)
 */
import assert from "node:assert/strict";
import { CONTAINER_TRANSITIONS } from "../../agent/container/container_states.ts";
import { POD_TRANSITIONS } from "../../agent/pod/pod_states.ts";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, shellPod } from "../e2e/objects.ts";
import { isReady } from "../e2e/rig.ts";
import { MortalNode } from "../support/mortal_node.ts";

/** What one pod lives through. */
interface Life {
  readonly spec: Any;
  /** Each container appends its name to a file when it starts; what is there in the end. */
  readonly starts: readonly string[];
  /** Containers in the runtime while it lives, the sandbox too. */
  readonly containers: number;
  /** Whether the pod has come to where it stays until it is deleted. */
  readonly isThere: (pod: Any) => boolean;
  /** Something that happens on the way. @returns whether the agent died */
  readonly meanwhile?: (node: MortalNode, name: string) => Promise<boolean>;
}

const script = (name: string, then: string) =>
  `echo ${name} >> /out/starts; ${then}`;
const FOREVER = "trap exit TERM; sleep 3600 & wait";
const OUT = { name: "out", mountPath: "/out" };

/** `init` runs to its end, then `main` for ever. */
const RICH: Life = {
  spec: {
    container: { command: ["sh", "-c", script("main", FOREVER)] },
    initContainers: [{
      ...shellPod("", script("init", "true")).spec.containers[0],
      name: "init",
      volumeMounts: [OUT],
    }],
  },
  starts: ["init", "main"],
  containers: 3,
  isThere: isReady,
};

/** Pods for the states that {@linkcode RICH} does not enter. */
const OTHERS: Record<string, Life> = {
  ended: {
    spec: {
      restartPolicy: "Never",
      container: { command: ["sh", "-c", script("main", "true")] },
    },
    starts: ["main"],
    containers: 2,
    isThere: ({ status }) => status.phase === "Succeeded",
  },
  crashing: {
    spec: {
      container: {
        command: [
          "sh",
          "-c",
          script(
            "main",
            `[ $(wc -l < /out/starts) -ge 3 ] || exit 1; ${FOREVER}`,
          ),
        ],
      },
    },
    starts: ["main", "main", "main"],
    containers: 3, // the attempt before the last is kept
    isThere: (pod) =>
      isReady(pod) && pod.status.containerStatuses[0].restartCount === 2,
  },
  waiting: {
    spec: {
      container: {
        command: ["sh", "-c", script("main", FOREVER)],
        envFrom: [{ configMapRef: { name: "late" } }],
      },
    },
    starts: ["main"],
    containers: 2,
    isThere: isReady,
    meanwhile: async (node, name) => {
      const { rig } = node;
      const died = await node.outlive("it waits", async () => {
        const [main] = (await rig.get("pods", name)).status
          .containerStatuses ?? [];
        return main?.state.waiting?.reason === "CreateContainerConfigError";
      });
      await rig.create({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "late" },
        data: { A: "a" },
      });
      return died;
    },
  },
};

testWith(
  "killed at every state and call, the agent brings a pod through as if nothing had happened",
  {
    needs: ["root", "containerd", "wasmtime"],
    fn: async (t) => {
      await using node = await MortalNode.open({ images: ["busybox"] });
      const { rig } = node;
      let count = 0;

      /** One life of a pod with an agent that dies at a point. @returns the points that were met when it is `undefined` */
      const live = async (life: Life, dieAt?: string): Promise<string[]> => {
        const name = `pod-${++count}`;
        const out = `${rig.cluster.dir}/${name}`;
        await Deno.mkdir(out);
        const { container, ...spec } = life.spec;
        const pod = shellPod(name, "", {
          ...spec,
          container: { ...container, volumeMounts: [OUT] },
          volumes: [{ name: "out", hostPath: { path: out } }],
        });
        if (dieAt) await node.dieAt(dieAt);
        else await node.observe(name);
        await rig.create(pod);
        let died = await life.meanwhile?.(node, name) ?? false;
        died = await node.outlive(
          `${name} is there`,
          async () => life.isThere(await rig.get("pods", name)),
        ) || died;
        const { metadata, status } = await rig.get("pods", name);
        const at = `killed at ${dieAt}`;
        const restarts = life.starts.filter((one) => one === "main").length - 1;
        const seen = {
          containers: (await node.containersOf(metadata.uid)).length,
          restarts: status.containerStatuses[0].restartCount,
        };
        // containerd gives up a start whose caller has gone: the container has failed then, and the next attempt counts as a restart.
        const isGivenUp = dieAt?.startsWith("during startContainer") ?? false;
        if (!isGivenUp) {
          assert.deepEqual(
            seen,
            { containers: life.containers, restarts },
            at,
          );
        }
        await rig.call(
          "DELETE",
          `/api/v1/namespaces/default/pods/${name}`,
        );
        const isGone = async () =>
          (await rig.get("pods", name)).reason === "NotFound";
        died = await node.outlive(`${name} is gone`, isGone) || died;
        // The last states come after the object has gone.
        const before = died;
        died = await node.outlive(
          "nothing of it is left",
          async (now) =>
            (await node.containersOf(metadata.uid)).length === 0 &&
            !await exists(`${rig.cluster.dir}/agent/pods/${metadata.uid}`) &&
            (dieAt === undefined || before || now),
        ) || died;
        const starts = await Deno.readTextFile(`${out}/starts`);
        const lines = starts.trim().split("\n");
        // One that was given up may have run for a moment.
        assert.deepEqual(
          isGivenUp ? [...new Set(lines)] : lines,
          life.starts,
          at,
        );
        assert.equal(died, dieAt !== undefined, at);
        if (life.meanwhile) {
          await rig.call(
            "DELETE",
            "/api/v1/namespaces/default/configmaps/late",
          );
        }
        return await node.points();
      };

      const points = await live(RICH);
      await t.step(`${points.length} points of one life`, async (t) => {
        for (const point of points) {
          await t.step(point, async () => void await live(RICH, point));
        }
      });
      const isMet = (state: string, met: readonly string[]) =>
        met.includes(`${state} 1`);
      const states = [
        ...Object.keys(POD_TRANSITIONS).map((state) => `pod ${state}`),
        ...Object.keys(CONTAINER_TRANSITIONS)
          .map((state) => `container ${state}`),
      ];
      let left = states.filter((state) => !isMet(state, points));
      for (const [name, life] of Object.entries(OTHERS)) {
        await t.step(`a pod that is ${name}`, async (t) => {
          const met = await live(life);
          const fresh = left.filter((state) => isMet(state, met));
          left = left.filter((state) => !fresh.includes(state));
          assert.ok(fresh.length > 0, `${name} enters no state of its own`);
          for (const state of fresh) {
            await t.step(
              state,
              async () => void await live(life, `${state} 1`),
            );
          }
        });
      }
      assert.deepEqual(left, [], "states that no pod of this test enters");
    },
  },
);

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
