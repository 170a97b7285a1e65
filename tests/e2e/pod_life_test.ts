/**
 * What pods go through on a node: probes, restarts, shared volumes, configuration that changes, logs. WASM modules and containers alike.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type CommandResult, startProgram } from "../support/cluster.ts";
import { type Any, guest, service, shellPod, wasmPod } from "./objects.ts";
import { HAS_CONTAINERS, Rig } from "./rig.ts";

/** The same pods for both engines. */
interface Engine {
  readonly name: string;
  /** Prints a line and ends with this status. */
  ending(pod: string, status: number, spec?: Any): Any;
  /** Prints "line 1" … "line 5" and goes on. */
  printing(pod: string, spec?: Any): Any;
  /** Copies a file to its output again and again. */
  reading(pod: string, path: string, spec?: Any): Any;
  /** One container that writes a file and one that reads it. */
  sharing(pod: string): Any;
}

const SHARED = {
  volumeMounts: [{ name: "shared", mountPath: "/shared" }],
};
const VOLUMES = { volumes: [{ name: "shared", emptyDir: {} }] };

const WASM: Engine = {
  name: "wasm",
  ending: (pod, status, spec) =>
    wasmPod(pod, ["print", "attempt", "exit", `${status}`], spec),
  printing: (pod, spec) =>
    wasmPod(pod, ["lines", "5", "1", "sleep", "36000000"], spec),
  reading: (pod, path, spec) =>
    wasmPod(
      pod,
      Array.from({ length: 400 }, () => ["read", path, "sleep", "100"]).flat(),
      spec,
    ),
  sharing: (pod) =>
    wasmPod(pod, ["write", "/shared/word", "hello\n", "sleep", "36000000"], {
      ...VOLUMES,
      container: SHARED,
      containers: [{
        name: "reader",
        image: guest("exerciser"),
        args: ["sleep", "1500", "read", "/shared/word", "sleep", "36000000"],
        ...SHARED,
      }],
    }),
};

const CONTAINER: Engine = {
  name: "box",
  ending: (pod, status, spec) =>
    shellPod(pod, `echo attempt; exit ${status}`, spec),
  printing: (pod, spec) =>
    shellPod(
      pod,
      "for i in 1 2 3 4 5; do echo line $i; done; exec sleep 36000",
      spec,
    ),
  reading: (pod, path, spec) =>
    shellPod(pod, `while cat ${path}; do usleep 100000; done`, spec),
  sharing: (pod) => {
    const script = "echo hello > /shared/word; exec sleep 36000";
    const made = shellPod(pod, script, { ...VOLUMES, container: SHARED });
    const read =
      "until cat /shared/word; do usleep 100000; done; exec sleep 36000";
    made.spec.containers.push({
      ...made.spec.containers[0],
      name: "reader",
      command: ["sh", "-c", read],
    });
    return made;
  },
};

const ENGINES = HAS_CONTAINERS ? [WASM, CONTAINER] : [WASM];

testWith(
  "pods live as their specs say: restarts, volumes, configuration, logs",
  {
    needs: ["wasmtime", "linux", "kubectl"],
    fn: async (t) => {
      await using rig = await Rig.open({
        images: HAS_CONTAINERS ? ["busybox"] : [],
      });
      await rig.create(words("before\n"));
      for (const engine of ENGINES) {
        await t.step(`${engine.name}: restarts`, () => restarts(rig, engine));
        await t.step(`${engine.name}: shared volume`, async () => {
          const name = `${engine.name}-sharing`;
          await rig.create(engine.sharing(name));
          await rig.until(
            "the reader has read",
            async () =>
              (await logs(rig, name, "-c", "reader")).stdout.includes(
                "hello\n",
              ),
          );
          await rig.ready(`name=${name}`, 1);
        });
        await t.step(`${engine.name}: configuration that changes`, async () => {
          const name = `${engine.name}-reading`;
          await rig.create(engine.reading(name, "/words/text", {
            volumes: [{ name: "words", configMap: { name: "words" } }],
            container: {
              volumeMounts: [{ name: "words", mountPath: "/words" }],
            },
          }));
          const text = `after ${engine.name}\n`;
          await rig.until(
            "it reads",
            async () => (await logs(rig, name)).stdout !== "",
          );
          await rig.patch("configmaps", "words", { data: { text } });
          await rig.until(
            "it reads the new text",
            async () => (await logs(rig, name)).stdout.includes(text),
          );
        });
        await t.step(`${engine.name}: logs`, () => readLogs(rig, engine));
      }
    },
  },
);

async function restarts(rig: Rig, engine: Engine): Promise<void> {
  const { name } = engine;
  const never = { restartPolicy: "Never" };
  await rig.create(
    engine.ending(`${name}-done`, 0, never),
    engine.ending(`${name}-failed`, 3, never),
    engine.ending(`${name}-onfailure`, 0, { restartPolicy: "OnFailure" }),
    engine.ending(`${name}-retried`, 3, { restartPolicy: "OnFailure" }),
    engine.ending(`${name}-always`, 0),
  );
  const status = async (pod: string) =>
    (await rig.get("pods", `${name}-${pod}`)).status;
  const phase = (pod: string, wanted: string) =>
    rig.until(
      `${pod} is ${wanted}`,
      async () => (await status(pod)).phase === wanted,
    );
  await phase("done", "Succeeded");
  await phase("onfailure", "Succeeded");
  await phase("failed", "Failed");
  const { terminated } = (await status("failed")).containerStatuses[0].state;
  assert.deepEqual([terminated.exitCode, terminated.reason], [3, "Error"]);
  for (const pod of ["retried", "always"]) {
    await rig.until(`${pod} backs off`, async () => {
      const [container] = (await status(pod)).containerStatuses ?? [];
      return container?.state.waiting?.reason === "CrashLoopBackOff" &&
        container.restartCount >= 1;
    });
    const { phase, containerStatuses: [container] } = await status(pod);
    assert.equal(phase, "Running");
    assert.match(
      container.state.waiting.message,
      /^back-off 10s restarting failed container=main pod=.*-(retried|always)_default\(/,
    );
    assert.equal(
      container.lastState.terminated.exitCode,
      pod === "retried" ? 3 : 0,
    );
    await rig.until(
      "the back-off has its event",
      async () => (await rig.reasons(`${name}-${pod}`)).includes("BackOff"),
    );
  }
  const { stdout } = await rig.cluster.kubectl("get", "pods");
  const row = (pod: string) =>
    stdout.split("\n").find((line) => line.startsWith(`${name}-${pod} `)) ?? "";
  assert.match(row("done"), /0\/1\s+Completed\s+0/);
  assert.match(row("failed"), /0\/1\s+Error\s+0/);
  assert.match(row("retried"), /0\/1\s+CrashLoopBackOff\s+[12] \(/);
  const previous = await logs(rig, `${name}-retried`, "--previous");
  assert.equal(previous.stdout, "attempt\n");
}

async function readLogs(rig: Rig, engine: Engine): Promise<void> {
  const name = `${engine.name}-printing`;
  await rig.create(engine.printing(name));
  const all = "line 1\nline 2\nline 3\nline 4\nline 5\n";
  await rig.until(
    "it has printed",
    async () => (await logs(rig, name)).stdout === all,
  );
  assert.equal((await logs(rig, name, "--tail=2")).stdout, "line 4\nline 5\n");
  assert.equal((await logs(rig, name, "--since=1h")).stdout, all);
  const stamped = (await logs(rig, name, "--timestamps")).stdout;
  assert.match(
    stamped,
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[-+]\d\d:\d\d) line \d\n){5}$/,
  );
  const none = await rig.cluster.wherry("logs", name, "--previous");
  assert.equal(none.code, 1);
  assert.match(none.stderr, /previous terminated container "main" in pod/);
  // Followed logs end with the pod.
  const { dir, kubeconfig, bundle } = rig.cluster;
  const wherry = [Deno.execPath(), "run", "-A", "--quiet", bundle];
  const followers = [["kubectl"], wherry].map((program, i) =>
    startProgram(
      [...program, "--kubeconfig", kubeconfig, "logs", "--follow", name],
      { logPath: `${dir}/${name}-${i}.log` },
    )
  );
  for (const follower of followers) {
    await rig.until(
      "it follows",
      async () =>
        await Deno.readTextFile(follower.logPath).catch(() => "") === all,
    );
  }
  await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
  for (const follower of followers) {
    await rig.until("it ends", () => Promise.resolve(follower.ended()));
    assert.equal(await follower.stop(), 0);
    assert.equal(await Deno.readTextFile(follower.logPath), all);
  }
}

/** The log by both clients, which must agree. */
async function logs(
  rig: Rig,
  pod: string,
  ...flags: readonly string[]
): Promise<CommandResult> {
  const [ours, kubectl] = await Promise.all([
    rig.cluster.wherry("logs", pod, ...flags),
    rig.cluster.kubectl("logs", pod, ...flags),
  ]);
  // A pod that prints may have printed in between.
  const [short, long] = [ours.stdout, kubectl.stdout].sort((a, b) =>
    a.length - b.length
  );
  assert.ok(long!.startsWith(short!), `${long} is not ${short}`);
  return ours.stdout === short ? ours : kubectl;
}

testWith("probes decide about endpoints and restarts", {
  needs: ["wasmtime", "linux"],
  fn: async (t) => {
    await using rig = await Rig.open({
      images: HAS_CONTAINERS ? ["busybox"] : [],
    });
    const endpoints = async (name: string) => {
      const slices = await rig.list(
        "endpointslices",
        `kubernetes.io/service-name=${name}`,
      );
      return slices.flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ conditions }) => conditions.ready).length;
    };
    const http = (name: string, container: Any) =>
      wasmPod(name, [], {
        container: {
          image: guest("http_echo"),
          ports: [{ name: "http", containerPort: 8080 }],
          args: [],
          ...container,
        },
      });
    const probe = (port: string | number) => ({
      httpGet: { path: "/healthz", port },
      periodSeconds: 1,
      failureThreshold: 1,
    });

    await t.step("liveness", async () => {
      await rig.create(http("dying", { livenessProbe: probe(9) }));
      await rig.until("it is restarted", async () => {
        const { status } = await rig.get("pods", "dying");
        return status.containerStatuses?.[0]?.restartCount >= 1;
      });
      await rig.until("the events are there", async () => {
        const reasons = await rig.reasons("dying");
        return reasons.includes("Unhealthy") && reasons.includes("Killing");
      });
      const killing = (await rig.list("events")).find(({ reason }) =>
        reason === "Killing"
      );
      assert.equal(
        killing.message,
        "Container main failed liveness probe, will be restarted",
      );
    });

    await t.step("readiness that never comes", async () => {
      await rig.create(
        service("unready", { name: "unready" }),
        http("unready", { readinessProbe: probe(9) }),
        service("ready", { name: "ready" }),
        http("ready", { readinessProbe: probe("http") }),
      );
      await rig.ready("name=ready", 1, "ready");
      await rig.until(
        "the probe has failed",
        async () => (await rig.reasons("unready")).includes("Unhealthy"),
      );
      const { status } = await rig.get("pods", "unready");
      assert.equal(status.phase, "Running");
      assert.equal(status.containerStatuses[0].ready, false);
      assert.equal(await endpoints("unready"), 0);
    });

    if (!HAS_CONTAINERS) return;
    await t.step("readiness that comes and goes", async () => {
      await rig.create(
        words("healthy"),
        service("moody", { name: "moody" }),
        shellPod(
          "moody",
          `mkdir /tmp/www; httpd -p 8080 -h /tmp/www
          while usleep 50000; do
            if [ "$(cat /words/text)" = healthy ]
            then echo ok > /tmp/www/healthz
            else rm -f /tmp/www/healthz
            fi
          done`,
          {
            volumes: [{ name: "words", configMap: { name: "words" } }],
            container: {
              ports: [{ name: "http", containerPort: 8080 }],
              volumeMounts: [{ name: "words", mountPath: "/words" }],
              readinessProbe: probe("http"),
            },
          },
        ),
      );
      const mood = (text: string) =>
        rig.patch("configmaps", "words", { data: { text } });
      await rig.ready("name=moody", 1, "moody");
      await mood("ill");
      await rig.until("it is out", async () => await endpoints("moody") === 0);
      await mood("healthy");
      await rig.ready("name=moody", 1, "moody");
      const { status } = await rig.get("pods", "moody");
      assert.equal(status.containerStatuses[0].restartCount, 0);
    });
  },
});

function words(text: string): Any {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "words" },
    data: { text },
  };
}
