/** Lifecycle hooks, stop signals and last words of real containers. */
import assert from "node:assert/strict";
import type { Any } from "../e2e/objects.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { eventsOf, gone, output, shellPod, waitsFor } from "./config_pods.ts";

/** A program that says what it is told to do, and ends then. */
const OBEYS = (signal: string) =>
  `trap 'echo got ${signal} > /seen/signal; exit 0' ${signal}; ` +
  `trap 'echo got TERM > /seen/signal; exit 1' TERM; ` +
  `echo done; while true; do sleep 0.1; done`;

/** A folder of the node in which a test sees what a pod did, also when the pod is gone. */
function seenIn(pod: Any, folder: string): Any {
  pod.spec.volumes = [{
    name: "seen",
    hostPath: { path: folder, type: "DirectoryOrCreate" },
  }];
  for (const container of pod.spec.containers) {
    container.volumeMounts = [{ name: "seen", mountPath: "/seen" }];
  }
  return pod;
}

async function running(rig: Rig, name: string): Promise<void> {
  await rig.until(`${name} runs`, async () => {
    const { status } = await rig.get("pods", name);
    return status.phase === "Running";
  });
}

Deno.test({
  name:
    "hooks run in containers and by HTTP; what fails is killed and told of; the pod's own signal ends it",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const folder = `${rig.cluster.dir}/seen`;
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    await t.step(
      "preStop before the signal, postStart before others",
      async () => {
        const pod = seenIn(
          shellPod("hooked", {
            script: OBEYS("USR1"),
            spec: {
              terminationGracePeriodSeconds: 30,
              os: { name: "linux" },
            },
            container: {
              lifecycle: {
                stopSignal: "SIGUSR1",
                postStart: { exec: { command: ["touch", "/seen/started"] } },
                preStop: {
                  exec: {
                    command: [
                      "sh",
                      "-c",
                      "test ! -e /seen/signal && touch /seen/stopping",
                    ],
                  },
                },
              },
            },
          }),
          folder,
        );
        await rig.create(pod);
        await running(rig, "hooked");
        await read("started");
        await rig.until(
          "its traps are set",
          async () => (await output(rig, "hooked")).includes("done"),
        );
        await gone(rig, "hooked");
        await read("stopping");
        assert.equal(await read("signal"), "got USR1\n");
      },
    );
    await t.step("a hook that fails", async () => {
      await rig.create(shellPod("failing", {
        container: {
          lifecycle: {
            postStart: {
              exec: { command: ["sh", "-c", "echo s3cret; exit 3"] },
            },
          },
        },
      }));
      const message = await waitsFor(rig, "failing", "CrashLoopBackOff");
      assert.match(message, /^back-off 10s restarting failed container=app/);
      const events = await eventsOf(rig, "failing");
      assert.ok(events.includes("FailedPostStartHook: PostStartHook failed"));
      assert.ok(events.includes("Killing: FailedPostStartHook"));
      assert.doesNotMatch(events.join("\n"), /s3cret/);
    });
    await t.step("a hook by HTTP to the pod's own server", async () => {
      await rig.create(seenIn(
        shellPod("asked", {
          script:
            "mkdir -p /www/cgi-bin; printf '#!/bin/sh\\ntouch /seen/asked\\necho\\n' > /www/cgi-bin/hi; chmod +x /www/cgi-bin/hi; httpd -p 8080 -h /www",
          container: {
            lifecycle: {
              preStop: { httpGet: { path: "/cgi-bin/hi", port: 8080 } },
            },
          },
        }),
        folder,
      ));
      await running(rig, "asked");
      await rig.until(
        "its server runs",
        async () => (await output(rig, "asked")).includes("done"),
      );
      await gone(rig, "asked");
      await read("asked");
    });
  },
});

Deno.test({
  name:
    "containers' last words, exit codes and reasons are told as kubelet tells them",
  ignore: !HAS_CONTAINERS,
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const one = (name: string, script: string, more: Any = {}): Any => ({
      ...shellPod("x", {}).spec.containers[0],
      name,
      command: ["sh", "-c", script],
      ...more,
    });
    const fallback = { terminationMessagePolicy: "FallbackToLogsOnError" };
    const pod = shellPod("words", {
      spec: {
        restartPolicy: "Never",
        containers: [
          one("file", "echo -n bye > /dev/termination-log; exit 4"),
          one("other-path", "echo -n there > /tmp/words; exit 0", {
            terminationMessagePath: "/tmp/words",
          }),
          one("log", "echo printed; exit 5", fallback),
          one("silent", "echo printed; exit 0", fallback),
          one(
            "long",
            "i=0; while [ $i -lt 9000 ]; do echo -n x; i=$((i+1)); done > /dev/termination-log; echo -n END >> /dev/termination-log; exit 1",
          ),
          one("hungry", "x=a; while true; do x=$x$x; done", {
            resources: { limits: { memory: "16Mi" } },
          }),
          { ...one("missing", ""), command: ["/no/such/program"] },
        ],
      },
    });
    await rig.create(pod);
    await rig.until("all have ended", async () => {
      const { status } = await rig.get("pods", "words");
      const statuses = status.containerStatuses ?? [];
      return statuses.length === 7 &&
        statuses.every((one: Any) =>
          one.name === "missing" || one.state.terminated
        );
    });
    const { status } = await rig.get("pods", "words");
    const end = (name: string) =>
      status.containerStatuses.find((one: Any) => one.name === name).state
        .terminated;
    const names = status.containerStatuses.map(({ name }: Any) => name);
    assert.deepEqual(names, [...names].sort());
    assert.deepEqual(
      ["file", "other-path", "log", "silent"].map((name) => {
        const { exitCode, reason, message } = end(name);
        return [exitCode, reason, message];
      }),
      [
        [4, "Error", "bye"],
        [0, "Completed", "there"],
        [5, "Error", "printed\n"],
        [0, "Completed", undefined],
      ],
    );
    // 12 KiB for all of them together.
    assert.equal(end("long").message.length, Math.floor(12 * 1024 / 7));
    assert.deepEqual(
      [end("hungry").exitCode, end("hungry").reason],
      [137, "OOMKilled"],
    );
    assert.match(end("file").containerID, /^containerd:\/\/[0-9a-f]{64}$/);
  },
});
