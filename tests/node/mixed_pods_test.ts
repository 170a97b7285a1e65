/** Pods with containers of containerd, wasmtime and Deno: one network, one control group, the same volumes and names, and each container's own life. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, guest, shellPod } from "../e2e/objects.ts";
import { killAll, type Process, processes } from "../e2e/processes.ts";
import { isReady, Rig } from "../e2e/rig.ts";

const annotation = (container: string) => `wherry.dev/runtime.${container}`;

/** Asks the module beside it, and says what it got, who it is and what the module wrote. */
const ASK = `
while ! wget -qO /shared/answer http://localhost:8080/from-app 2>/dev/null; do sleep 0.1; done
cat /shared/answer
grep -c mixed /etc/hosts
exec sleep 100000
`;

/** Reads what the module wrote, asks the other module, and looks for the pod's name. */
const SCRIPT = `
console.log(Deno.readTextFileSync("/shared/first").trim());
for (;;) {
  try {
    const answer = await fetch("http://localhost:8080/from-deno");
    console.log((await answer.text()).trim());
    break;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
if (/\\smixed\\n/.test(Deno.readTextFileSync("/etc/hosts"))) console.log("in the hosts file");
setInterval(() => {}, 1000);
`;

testWith("pods of several engines on a real node", {
  needs: ["root", "containerd", "wasmtime"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const kubectl = async (...args: string[]) => {
      const { code, stdout, stderr } = await rig.cluster.wherry(...args);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const images = join(rig.agentFolder, "images");
    await Deno.mkdir(images, { recursive: true });
    await Deno.writeTextFile(join(images, "script.mjs"), SCRIPT);
    const mount = { name: "shared", mountPath: "/shared" };
    const module = (name: string, args: string[], more: Any = {}) => ({
      name,
      image: guest("exerciser"),
      args,
      volumeMounts: [mount],
      ...more,
    });
    const base = shellPod("mixed", ASK, {
      container: {
        name: "app",
        volumeMounts: [mount],
        lifecycle: { preStop: { exec: { command: ["true"] } } },
      },
      volumes: [{ name: "shared", emptyDir: {} }],
    });
    const [app] = base.spec.containers;
    const pod = {
      ...base,
      metadata: {
        ...base.metadata,
        annotations: {
          [annotation("setup")]: "wasmtime",
          [annotation("beside")]: "wasmtime",
          [annotation("web")]: "wasmtime",
          [annotation("reader")]: "wasmtime",
          [annotation("script")]: "deno",
        },
      },
      spec: {
        ...base.spec,
        initContainers: [
          module("setup", ["write", "/shared/first", "by a module"]),
          {
            ...app,
            lifecycle: undefined,
            name: "check",
            command: ["cat", "/shared/first"],
          },
          module("beside", ["print", "beside", "sleep", "100000000"], {
            restartPolicy: "Always",
          }),
        ],
        containers: [
          app,
          {
            name: "web",
            image: guest("http_echo"),
            ports: [{ containerPort: 8080 }],
            env: [{ name: "POD_NAME", value: "mixed-web" }],
            readinessProbe: {
              httpGet: { path: "/", port: 8080 },
              periodSeconds: 1,
            },
            resources: { limits: { memory: "64Mi" } },
          },
          module("reader", [
            ...["read", "/shared/first", "read", "/etc/hosts"],
            ...["write", "/dev/termination-log", "last words"],
            ...["sleep", "100000000"],
          ]),
          { name: "script", image: "file:script.mjs", volumeMounts: [mount] },
        ],
      },
    };
    await rig.create(pod);
    await rig.ready("name=mixed", 1);
    const seen = async (): Promise<Any> => await rig.get("pods", "mixed");
    const statusOf = async (name: string): Promise<Any> => {
      const { containerStatuses, initContainerStatuses } = (await seen())
        .status;
      return [...containerStatuses, ...initContainerStatuses]
        .find((one) => one.name === name);
    };
    const ids = async () =>
      Object.fromEntries(
        (await seen()).status.containerStatuses.map((
          { name, containerID }: Any,
        ) => [name, containerID]),
      );
    /** What runs of the pod, without shims and supervisors. */
    const ownProcesses = async (): Promise<Process[]> => {
      const { uid } = (await seen()).metadata;
      return (await processes()).filter(({ cgroup }) => cgroup.includes(uid));
    };
    const byEngine = async () => {
      const all = await ownProcesses();
      const find = (pattern: RegExp) =>
        all.filter(({ command }) => pattern.test(command));
      return {
        all,
        web: find(/\0serve\0/),
        pause: find(/^\/pause|pause\0/),
        sleepers: find(/^sleep\0/),
      };
    };

    await t.step("each container is its engine's, in one network", async () => {
      const found = await ids();
      assert.match(found.app, /^containerd:\/\//);
      assert.match(found.web, /^wasmtime:\/\//);
      assert.match(found.reader, /^wasmtime:\/\//);
      assert.match(found.script, /^deno:\/\//);
      await rig.until(
        "the script has asked",
        async () =>
          /mixed/.test(await kubectl("logs", "mixed", "-c", "script")),
      );
      assert.equal(
        await kubectl("logs", "mixed", "-c", "script"),
        "by a module\nhello from mixed-web, asked for /from-deno\nin the hosts file\n",
      );
      await rig.until(
        "the app has its answer",
        async () =>
          /from-app/.test(await kubectl("logs", "mixed", "-c", "app")),
      );
      assert.equal(
        await kubectl("logs", "mixed", "-c", "app"),
        "hello from mixed-web, asked for /from-app\n1\n",
      );
      assert.equal(
        await kubectl("logs", "mixed", "-c", "check"),
        "by a module\n",
      );
      await rig.until(
        "the reader has read",
        async () =>
          /mixed/.test(await kubectl("logs", "mixed", "-c", "reader")),
      );
      const { podIP } = (await seen()).status;
      assert.match(
        await kubectl("logs", "mixed", "-c", "reader"),
        new RegExp(`^by a module[^]*${podIP}\\s+mixed\\n`),
      );
      assert.match(await kubectl("logs", "mixed", "-c", "beside"), /^beside/);
      const { all } = await byEngine();
      const networks = new Set(
        all.map(({ pid }) => Deno.readLinkSync(`/proc/${pid}/ns/net`)),
      );
      assert.equal(networks.size, 1);
      assert.notEqual([...networks][0], Deno.readLinkSync("/proc/self/ns/net"));
      assert.ok(all.length >= 5, all.map(({ command }) => command).join("\n"));
    });

    await t.step("the command in one, the refusal in the other", async () => {
      assert.equal(
        await kubectl(
          "exec",
          "mixed",
          "-c",
          "app",
          "--",
          "cat",
          "/shared/first",
        ),
        "by a module\n",
      );
      const refused = await rig.cluster.wherry(
        ...["exec", "mixed", "-c", "web", "--", "ls"],
      );
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /not possible in a WASM container/);
    });

    await t.step("usage is told of all of them", async () => {
      await rig.until("there are metrics of each", async () => {
        const { stdout } = await rig.cluster.wherry(
          "top",
          "pod",
          "mixed",
          "--containers",
        );
        return ["app", "web", "reader", "script"].every((name) =>
          new RegExp(`\\s${name}\\s+\\d+m\\s+\\d+Mi`).test(stdout)
        );
      });
    });

    await t.step(
      "one that ends is started again, the others go on",
      async () => {
        const before = await ids();
        const { web } = await byEngine();
        assert.equal(web.length, 1);
        await killAll(web.map(({ pid }) => pid));
        await rig.until("it is back", async () => {
          const status = await statusOf("web");
          return status.restartCount === 1 && status.ready;
        });
        const after = await ids();
        assert.notEqual(after.web, before.web);
        assert.deepEqual([after.app, after.reader], [
          before.app,
          before.reader,
        ]);
        assert.equal(
          (await statusOf("web")).lastState.terminated.exitCode,
          137,
        );
      },
    );

    await t.step("they outlive the agent", async () => {
      const before = await ids();
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
      await rig.ready("name=mixed", 1);
      assert.deepEqual(await ids(), before);
      const { web } = await byEngine();
      await killAll(web.map(({ pid }) => pid));
      await rig.until("the next agent starts it again", async () => {
        const status = await statusOf("web");
        return status.restartCount === 2 && status.ready;
      });
      assert.equal((await ids()).app, before.app);
    });

    await t.step("with the sandbox all of them are made anew", async () => {
      const before = await ids();
      const { pause } = await byEngine();
      assert.equal(pause.length, 1);
      await killAll(pause.map(({ pid }) => pid));
      await rig.until("all are others, and ready", async () => {
        const now = await seen();
        const after = await ids();
        return isReady(now) &&
          ["app", "web", "reader"].every((name) =>
            after[name] !== before[name]
          );
      });
      const { terminated } = (await statusOf("reader")).lastState;
      assert.equal(terminated.message, "last words\n");
      assert.equal(
        (await kubectl("logs", "mixed", "-c", "app")).split("\n")[0],
        "hello from mixed-web, asked for /from-app",
      );
    });

    await t.step("what makes no sense says so, and the pod waits", async () => {
      const wrong = (name: string, annotations: Record<string, string>) => ({
        ...shellPod(name, "sleep 1000"),
        metadata: { name, annotations },
      });
      await rig.create(
        wrong("wrong", {
          [annotation("nobody")]: "wasmtime",
          [annotation("main")]: "docker",
        }),
      );
      const events = async () =>
        (await rig.list("events"))
          .filter(({ involvedObject }) => involvedObject.name === "wrong")
          .map(({ reason, message }) => `${reason}: ${message}`).join("\n");
      await rig.until(
        "it is told",
        async () =>
          /FailedCreatePodSandBox: .*names no container of the pod, there are "main"; .*asks for the engine "docker"/
            .test(await events()),
      );
      assert.equal((await rig.get("pods", "wrong")).status.phase, "Pending");
    });

    await t.step("nothing is left of it", async () => {
      const { uid } = (await seen()).metadata;
      await kubectl("delete", "pod", "mixed", "wrong");
      await rig.until(
        "it is gone",
        async () => (await rig.list("pods")).length === 0,
      );
      await rig.until(
        "its processes are, too",
        async () =>
          (await processes()).every(({ cgroup }) => !cgroup.includes(uid)),
      );
      for (const engine of ["wasmtime", "deno"]) {
        const state = join(rig.agentFolder, engine);
        for (const part of ["sandboxes", "containers", "exits"]) {
          assert.deepEqual([...Deno.readDirSync(join(state, part))], [], part);
        }
      }
    });
  },
});

/** How often; what goes wrong does so at one moment of many. */
const ROUNDS = 3;

testWith("pods of several engines and an agent that is killed at any moment", {
  needs: ["root", "containerd", "wasmtime"],
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const sometime = (mostMs: number) =>
      new Promise((resolve) => setTimeout(resolve, Math.random() * mostMs));
    const killAgent = async () => {
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
    };
    for (let round = 0; round < ROUNDS; round++) {
      const name = `round-${round}`;
      const pod = shellPod(name, "exec sleep 100000");
      const module = {
        image: guest("exerciser"),
        args: ["sleep", "100000000"],
      };
      pod.metadata.annotations = {
        [annotation("init")]: "wasmtime",
        [annotation("one")]: "wasmtime",
        [annotation("two")]: "wasmtime",
      };
      pod.spec.initContainers = [{ ...module, name: "init", args: ["env"] }];
      pod.spec.containers.push(
        { ...module, name: "one" },
        { ...module, name: "two" },
      );
      await rig.create(pod);
      for (let kills = 0; kills < 3; kills++) {
        await sometime(900);
        await killAgent();
      }
      await rig.ready(`name=${name}`, 1);
      const { uid } = (await rig.get("pods", name)).metadata;
      await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
      await sometime(300);
      await killAgent();
      await rig.until(
        "it is gone",
        async () => (await rig.list("pods")).length === 0,
      );
      await rig.until(
        "its processes are, too",
        async () =>
          (await processes()).every(({ cgroup }) => !cgroup.includes(uid)),
      );
      for (const part of ["sandboxes", "containers"]) {
        const folder = join(rig.agentFolder, "wasmtime", part);
        assert.deepEqual([...Deno.readDirSync(folder)], [], part);
      }
    }
  },
});
