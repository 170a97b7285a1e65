import assert from "node:assert/strict";
import { join } from "node:path";
import {
  ContainerdRig,
  shellContainer,
} from "../../../src/testing/containerd_rig.ts";
import { testWith } from "../../../src/testing/needs.ts";
import { LogRotator } from "./log_rotation.ts";
import {
  type ContainerConfig,
  type LogEntry,
  type Runtime,
  RuntimeError,
  type SandboxStatus,
} from "../runtime.ts";

const never = new AbortController().signal;

async function start(
  rig: ContainerdRig,
  sandbox: SandboxStatus,
  config: ContainerConfig,
): Promise<string> {
  const { runtime } = rig.own;
  const id = await runtime.createContainer({
    id: sandbox.id,
    config: rig.sandbox(sandbox.name),
  }, config);
  await runtime.startContainer(id);
  return id;
}

/** Waits for the container's end by the runtime's own hints. Without one the test fails instead of hanging. */
async function ended(runtime: Runtime, id: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = async () => {
    const status = await runtime.containerStatus(id);
    if (status?.state === "exited") resolve();
  };
  const guard = setTimeout(() => reject(new Error("No hint came")), 30_000);
  using _guard = { [Symbol.dispose]: () => clearTimeout(guard) };
  using _hints = runtime.onChange(() => void look());
  await look();
  await promise;
  return (await runtime.containerStatus(id))!;
}

async function text(entries: AsyncIterable<LogEntry>): Promise<string> {
  const parts: string[] = [];
  for await (const entry of entries) {
    const line = new TextDecoder().decode(entry.line);
    parts.push(`${entry.stream} ${line}${entry.partial ? "…" : ""}`);
  }
  return parts.join("|");
}

testWith("CriRuntime runs pods on a real containerd", {
  needs: ["containerd"],
  fn: async (t) => {
    await using rig = await ContainerdRig.open();
    const { runtime } = rig.own;

    await t.step("status() tells that it is ready", async () => {
      const status = await runtime.status();
      assert.equal(status.ready, true, status.message);
      assert.match(status.version, /^containerd:\/\/\d/);
    });

    const pod = await runtime.runSandbox(rig.sandbox("shared"));
    await t.step("runSandbox() gives an address and keeps labels", () => {
      assert.equal(pod.state, "ready");
      assert.match(pod.ips[0]!, /^10\.42\.200\.\d+$/);
      assert.deepEqual(pod.labels, { app: "shared" });
      assert.deepEqual(pod.annotations, { note: "kept" });
      assert.equal(pod.uid, rig.sandbox("shared").uid);
    });

    await t.step("containers of a pod share its network", async () => {
      await start(
        rig,
        pod,
        shellContainer(
          "mkdir /www; echo shared > /www/index.html; exec httpd -f -p 80 -h /www",
          { name: "server" },
        ),
      );
      const client = await start(
        rig,
        pod,
        shellContainer(
          "until wget -q -O - http://127.0.0.1/; do usleep 20000; done; hostname",
          { name: "client" },
        ),
      );
      const status = await ended(runtime, client);
      assert.equal(status.exitCode, 0);
      assert.match(
        await text(runtime.logs(client, { follow: false, signal: never })),
        /stdout shared\|stdout shared$/,
      );
    });

    await t.step("an exit has its code, reason and times", async () => {
      const id = await start(
        rig,
        pod,
        shellContainer("exit 7", { name: "fails" }),
      );
      const status = await ended(runtime, id);
      assert.equal(status.exitCode, 7);
      assert.equal(status.reason, "Error");
      assert.equal(status.sandboxId, pod.id);
      assert.ok(status.finishedAt! >= status.startedAt!);
    });

    await t.step("a container beyond its memory is OOMKilled", async () => {
      // containerd is told of the cause and of the end apart, and on a busy machine it may hear of the end first.
      const reasons: (string | undefined)[] = [];
      for (let attempt = 0; attempt < 5; attempt++) {
        const id = await start(
          rig,
          pod,
          shellContainer("exec tail /dev/zero", {
            name: "hog",
            attempt,
            resources: { memoryLimitBytes: 16 * 1024 * 1024 },
          }),
        );
        const status = await ended(runtime, id);
        assert.equal(status.exitCode, 137);
        reasons.push(status.reason);
        if (status.reason === "OOMKilled") break;
      }
      assert.equal(reasons.at(-1), "OOMKilled", reasons.join());
    });

    await t.step("env, working directory, mounts and user arrive", async () => {
      const shared = join(rig.dir, "volume");
      await Deno.mkdir(shared);
      await Deno.writeTextFile(join(shared, "file"), "from the node");
      const id = await start(
        rig,
        pod,
        shellContainer(
          `echo $WORD; pwd; cat /data/file; echo; id -u; touch /data/new 2>/dev/null || echo read-only`,
          {
            name: "config",
            env: [{ name: "WORD", value: "a b" }],
            workingDir: "/tmp",
            mounts: [{
              hostPath: shared,
              containerPath: "/data",
              readOnly: true,
            }],
            security: {
              privileged: false,
              runAsUser: 1000,
              supplementalGroups: [],
              readOnlyRootFilesystem: true,
              allowPrivilegeEscalation: false,
              capabilitiesAdd: [],
              capabilitiesDrop: ["ALL"],
            },
          },
        ),
      );
      await ended(runtime, id);
      const out = await text(
        runtime.logs(id, { follow: false, signal: never }),
      );
      assert.match(
        out,
        /^stdout a b\|stdout \/tmp\|stdout from the node\|stdout 1000\|/,
      );
      assert.match(out, /stdout read-only/);
    });

    await t.step("stopContainer() sends TERM and waits", async () => {
      const id = await start(
        rig,
        pod,
        shellContainer(
          `trap 'echo bye; exit 3' TERM; echo up; while :; do usleep 10000; done`,
          { name: "polite" },
        ),
      );
      await firstLine(runtime, id);
      await runtime.stopContainer(id, 20_000);
      const status = (await runtime.containerStatus(id))!;
      assert.equal(status.state, "exited");
      assert.equal(status.exitCode, 3);
    });

    await t.step("stopContainer() kills after the grace", async () => {
      const id = await start(
        rig,
        pod,
        shellContainer("exec sleep 1000", { name: "deaf" }),
      );
      await runtime.stopContainer(id, 1000);
      await runtime.stopContainer(id, 1000);
      assert.equal((await runtime.containerStatus(id))!.exitCode, 137);
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      assert.equal(await runtime.containerStatus(id), undefined);
    });

    await t.step("errors carry Kubernetes' reasons", async () => {
      await rejects(
        "InvalidImageName",
        () => runtime.pullImage("Not/Valid", { signal: never }),
      );
      await rejects(
        "ErrImagePull",
        () => runtime.pullImage("127.0.0.1:1/nothing:1", { signal: never }),
      );
      await rejects("CreateContainerError", () =>
        runtime.createContainer(
          { id: pod.id, config: rig.sandbox("shared") },
          shellContainer("", { name: "no-image", imageRef: "missing:1" }),
        ));
      await rejects("RunContainerError", () =>
        start(
          rig,
          pod,
          shellContainer("", { name: "no-file", command: ["/missing"] }),
        ));
      assert.equal(await runtime.imageStatus("missing:1"), undefined);
    });

    await t.step("the sandbox goes with all that is in it", async () => {
      const [listed] = await runtime.listSandboxes();
      assert.equal(listed!.id, pod.id);
      assert.ok(listed!.containers.some((one) => one.state === "running"));
      await runtime.stopSandbox(pod.id);
      await runtime.stopSandbox(pod.id);
      assert.equal((await runtime.sandboxStatus(pod.id))!.state, "notready");
      await runtime.removeSandbox(pod.id);
      await runtime.removeSandbox(pod.id);
      assert.deepEqual(await runtime.listSandboxes(), []);
      assert.equal(await runtime.sandboxStatus(pod.id), undefined);
      assert.deepEqual(
        [...Deno.readDirSync(join(rig.dir, "logs/shared"))],
        [],
      );
    });
  },
});

testWith("CriRuntime.logs() follows, tails and survives rotation", {
  needs: ["containerd"],
  fn: async (t) => {
    await using rig = await ContainerdRig.open();
    const { runtime } = rig.own;
    const pod = await runtime.runSandbox(rig.sandbox("talker"));
    const gate = join(rig.dir, "gate");
    await Deno.mkdir(gate);
    const mounts = [{
      hostPath: gate,
      containerPath: "/gate",
      readOnly: false,
    }];
    const waitFor = (name: string) =>
      `until [ -e /gate/${name} ]; do usleep 10000; done`;

    await t.step("follow ends when the container has ended", async () => {
      const id = await start(
        rig,
        pod,
        shellContainer(
          `echo one; ${waitFor("a")}; echo two; ${
            waitFor("b")
          }; echo three; printf four`,
          { name: "steps", mounts },
        ),
      );
      const lines: string[] = [];
      for await (
        const { line } of runtime.logs(id, { follow: true, signal: never })
      ) {
        lines.push(new TextDecoder().decode(line));
        if (lines.length === 1) await Deno.writeTextFile(`${gate}/a`, "");
        if (lines.length === 2) {
          await rig.own.runtime.rotateLogs(
            new LogRotator(rig.host, { limitBytes: 1 }),
          );
          await Deno.writeTextFile(`${gate}/b`, "");
        }
      }
      assert.deepEqual(lines, ["one", "two", "three", "four"]);
      const last = runtime.logs(id, {
        follow: false,
        tailLines: 1,
        signal: never,
      });
      assert.equal(await text(last), "stdout four…");
    });

    await t.step("long lines come in parts", async () => {
      const id = await start(
        rig,
        pod,
        shellContainer("head -c 40000 /dev/zero | tr '\\0' x; echo", {
          name: "long",
        }),
      );
      await ended(runtime, id);
      let length = 0;
      const partial: boolean[] = [];
      for await (
        const e of runtime.logs(id, { follow: false, signal: never })
      ) {
        length += e.line.length;
        partial.push(e.partial);
      }
      assert.equal(length, 40000);
      assert.deepEqual(partial, [true, true, false]);
    });

    await t.step("an abort ends a follow", async () => {
      const id = await start(
        rig,
        pod,
        shellContainer("echo up; exec sleep 1000", { name: "quiet" }),
      );
      const stop = new AbortController();
      const lines: LogEntry[] = [];
      for await (
        const entry of runtime.logs(id, { follow: true, signal: stop.signal })
      ) {
        lines.push(entry);
        stop.abort();
      }
      assert.equal(lines.length, 1);
    });
  },
});

async function firstLine(runtime: Runtime, id: string): Promise<void> {
  const stop = new AbortController();
  for await (
    const _ of runtime.logs(id, { follow: true, signal: stop.signal })
  ) break;
  stop.abort();
}

async function rejects(
  reason: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await assert.rejects(
    work,
    (error) => error instanceof RuntimeError && error.reason === reason,
  );
}
