/** Who of a pod's containers starts, starts again and ends when, on the real containerd. */
import assert from "node:assert/strict";
import type { Any } from "../e2e/objects.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { eventsOf, gone, shellPod, waitsFor } from "./config_pods.ts";

/** A container whose steps are lines of a file on the node. */
function container(name: string, script: string, more: Any = {}): Any {
  return {
    ...shellPod("x", {}).spec.containers[0],
    name,
    command: ["sh", "-c", `say() { echo "$1" >> /seen/steps; }; ${script}`],
    volumeMounts: [{ name: "seen", mountPath: "/seen" }],
    ...more,
  };
}

const RESTS = "while true; do sleep 0.1; done";

/** Says that it started and, once it is told to, that it ends; that takes half a second. */
const rests = (name: string) =>
  `trap 'sleep 0.5; say "${name} ends"; exit 0' TERM; say "${name} starts"; ${RESTS}`;

function pod(name: string, folder: string, spec: Any): Any {
  return shellPod(name, {
    spec: {
      terminationGracePeriodSeconds: 30,
      volumes: [{
        name: "seen",
        hostPath: { path: `${folder}/${name}`, type: "DirectoryOrCreate" },
      }],
      ...spec,
    },
  });
}

async function steps(folder: string, name: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${folder}/${name}/steps`)
    .catch(() => "");
  return text.split("\n").filter(Boolean);
}

async function phase(rig: Rig, name: string, wanted: string): Promise<Any> {
  let found: Any;
  await rig.until(`${name} is ${wanted}`, async () => {
    found = await rig.get("pods", name);
    return found.status.phase === wanted;
  });
  return found;
}

const sidecar = (name: string, more: Any = {}) =>
  container(name, rests(name), { restartPolicy: "Always", ...more });

Deno.test({
  name:
    "init containers, sidecars and main containers start and end in their order; a job ends when only sidecars run",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const folder = `${rig.cluster.dir}/seen`;
    await t.step("in order", async () => {
      await rig.create(pod("ordered", folder, {
        initContainers: [
          container("one", "sleep 0.3; say one"),
          sidecar("first", {
            startupProbe: {
              exec: { command: ["sh", "-c", "echo asked >> /seen/steps"] },
              periodSeconds: 1,
            },
          }),
          container("two", "say two"),
          sidecar("second"),
        ],
        containers: [container("app", rests("app"))],
      }));
      await rig.ready("app=ordered", 1);
      await gone(rig, "ordered");
      const seen = await steps(folder, "ordered");
      assert.deepEqual(
        seen.filter((step) => step !== "second starts"),
        [
          "one",
          "first starts",
          "asked",
          "two",
          "app starts",
          "app ends",
          "second ends",
          "first ends",
        ],
      );
      assert.ok(seen.indexOf("second starts") > seen.indexOf("two"));
    });
    await t.step("a job with a sidecar", async () => {
      await rig.create(pod("job", folder, {
        restartPolicy: "Never",
        initContainers: [sidecar("proxy")],
        containers: [container("app", "sleep 1; say done")],
      }));
      const { status } = await phase(rig, "job", "Succeeded");
      assert.equal(
        status.initContainerStatuses[0].state.terminated.reason,
        "Completed",
      );
      assert.deepEqual(await steps(folder, "job"), [
        "proxy starts",
        "done",
        "proxy ends",
      ]);
    });
    await t.step("an init container that fails", async () => {
      await rig.create(
        pod("broken", folder, {
          restartPolicy: "Never",
          initContainers: [container("one", "exit 3")],
          containers: [container("app", "say no")],
        }),
        pod("looping", folder, {
          initContainers: [container("one", "exit 3")],
          containers: [container("app", "say no")],
        }),
      );
      const { status } = await phase(rig, "broken", "Failed");
      assert.equal(
        status.initContainerStatuses[0].state.terminated.exitCode,
        3,
      );
      assert.match(
        await waitsFor(rig, "looping", "CrashLoopBackOff"),
        /^back-off 10s restarting failed container=one pod=looping_default\(/,
      );
      assert.deepEqual(await steps(folder, "looping"), []);
      await gone(rig, "looping", "broken", "job");
    });
  },
});

const rule = (action: string, values: number[]) => ({
  action,
  exitCodes: { operator: "In", values },
});

Deno.test({
  name:
    "containers start again by their own policies and rules, one alone or all together",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const folder = `${rig.cluster.dir}/seen`;
    // Ends with a status once, and rests from then on.
    const once = (name: string, status: number) =>
      `say ${name}; test -e /seen/${name} && exec sleep 1000; touch /seen/${name}; sleep 1; exit ${status}`;
    await t.step("one alone", async () => {
      await rig.create(pod("rules", folder, {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 1,
        containers: [
          container("again", once("again", 42), {
            restartPolicy: "Never",
            restartPolicyRules: [rule("Restart", [42])],
          }),
          container("never", once("never", 1)),
        ],
      }));
      await rig.until("it was restarted", async () => {
        const { status } = await rig.get("pods", "rules");
        const find = (name: string) =>
          status.containerStatuses?.find((one: Any) => one.name === name);
        return find("again")?.restartCount === 1 &&
          find("again").state.running &&
          find("never").state.terminated?.exitCode === 1;
      });
      const { status } = await rig.get("pods", "rules");
      assert.equal(status.phase, "Running");
      assert.equal(
        (await steps(folder, "rules")).filter((step) => step === "never")
          .length,
        1,
      );
    });
    await t.step("all together", async () => {
      await rig.create(pod("whole", folder, {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 1,
        initContainers: [container("prepare", "say prepare")],
        containers: [
          container("worker", once("worker", 88), {
            restartPolicy: "Never",
            restartPolicyRules: [rule("RestartAllContainers", [88])],
          }),
          container("other", "say other; exec sleep 1000"),
        ],
      }));
      await rig.until("all were restarted", async () => {
        const { status } = await rig.get("pods", "whole");
        const all = [
          ...status.initContainerStatuses ?? [],
          ...status.containerStatuses ?? [],
        ];
        return all.length === 3 &&
          all.every(({ restartCount }: Any) => restartCount === 1) &&
          status.containerStatuses.every(({ state }: Any) => state.running);
      });
      const seen = await steps(folder, "whole");
      assert.deepEqual(seen.filter((step) => step === "prepare").length, 2);
      assert.equal(seen.indexOf("prepare"), 0);
      const { status } = await rig.get("pods", "whole");
      assert.equal(
        status.containerStatuses[0].lastState.terminated.reason,
        "RestartingAllContainers",
      );
      const condition = status.conditions.find(({ type }: Any) =>
        type === "AllContainersRestarting"
      );
      assert.equal(condition.status, "False");
      assert.ok((await eventsOf(rig, "whole")).includes("Killing: killing"));
    });
    await gone(rig, "rules", "whole");
  },
});
