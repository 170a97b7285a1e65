/**
 * Commands that the agent itself runs in containers: exec probes and lifecycle hooks, with server, agent and containerd as processes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, shellPod } from "./objects.ts";
import { Rig } from "./rig.ts";

testWith("exec probes and hooks run in containers", {
  needs: ["root", "containerd"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const shared = join(rig.cluster.dir, "shared");
    await Deno.mkdir(shared);
    const volumes = [{ name: "shared", hostPath: { path: shared } }];
    const volumeMounts = [{ name: "shared", mountPath: "/shared" }];
    const run = (...command: string[]) => ({ exec: { command } });
    await rig.create(
      shellPod("web", "trap 'exit 0' TERM; while true; do sleep 0.1; done", {
        volumes,
        terminationGracePeriodSeconds: 20,
        container: {
          volumeMounts,
          env: [{ name: "NAME", value: "web" }],
          lifecycle: {
            postStart: run("sh", "-c", "echo up $(NAME) >/shared/started"),
            preStop: run("sh", "-c", "sleep 1; cp /shared/started /shared/bye"),
          },
          readinessProbe: {
            ...run("cat", "/shared/$(NAME)"),
            periodSeconds: 1,
          },
        },
      }),
      shellPod("late", "sleep 600", {
        container: {
          livenessProbe: {
            ...run("sleep", "60"),
            periodSeconds: 1,
            timeoutSeconds: 1,
            failureThreshold: 1,
          },
        },
      }),
    );
    const events = async (pod: string): Promise<string[]> =>
      (await rig.list("events"))
        .filter((event: Any) => event.involvedObject.name === pod)
        .map((event: Any) => `${event.reason}: ${event.message}`);

    await t.step("a container is ready when its command says so", async () => {
      await rig.until(
        "the probe was tried",
        async () =>
          (await events("web")).some((text) =>
            /^Unhealthy: Readiness probe failed: cat: can't open '\/shared\/web'/
              .test(text)
          ),
      );
      assert.equal(
        await Deno.readTextFile(join(shared, "started")),
        "up web\n",
      );
      const [pod] = await rig.list("pods", "name=web");
      assert.equal(pod.status.containerStatuses[0].ready, false);
      await Deno.writeTextFile(join(shared, "web"), "");
      await rig.ready("name=web", 1);
    });

    await t.step("a command that takes too long fails its probe", async () => {
      await rig.until("the container was restarted", async () => {
        const [pod] = await rig.list("pods", "name=late");
        return pod.status.containerStatuses[0].restartCount > 0;
      });
      assert.ok(
        (await events("late")).includes(
          'Unhealthy: Liveness probe failed: command timed out: "sleep 60" timed out after 1s',
        ),
      );
    });

    await t.step(
      "a preStop hook runs before the container is told",
      async () => {
        await rig.call("DELETE", "/api/v1/namespaces/default/pods/web");
        await rig.until(
          "the pod is gone",
          async () => (await rig.list("pods", "name=web")).length === 0,
        );
        assert.equal(await Deno.readTextFile(join(shared, "bye")), "up web\n");
      },
    );
  },
});

testWith("a command in a container ends with the kubectl that ran it", {
  needs: ["root", "containerd", "kubectl"],
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    await rig.create(shellPod("box", "exec sleep 600"));
    await rig.ready("name=box", 1);
    const exec = (...command: string[]) =>
      new Deno.Command("kubectl", {
        args: ["exec", "box", "--", ...command],
        env: { KUBECONFIG: rig.cluster.kubeconfig, HOME: rig.cluster.dir },
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      });
    const isThere = async () => {
      const { stdout } = await exec("ps").output();
      return new TextDecoder().decode(stdout).includes("sleep 4711");
    };
    const child = exec("sleep", "4711").spawn();
    await rig.until("the command runs", isThere);
    child.kill("SIGKILL");
    await child.output();
    await rig.until("it has ended", async () => !await isThere());
  },
});
