/** The failure table of `../process/supervisor.ts`, row by row, with the real engine. */
import assert from "node:assert/strict";
import { testWith } from "../../../src/testing/needs.ts";
import type { ProcessRuntime } from "../process/process_runtime.ts";
import { LOG_LIMIT_BYTES } from "../process/log_names.ts";
import type { ContainerConfig, ContainerStatus } from "../runtime.ts";
import { guestImage, WasmtimeRig } from "./wasmtime_rig.ts";

const LONG = "600000";

/** One pod's container on a rig. */
class Pod {
  readonly rig: WasmtimeRig;
  runtime: ProcessRuntime;
  sandboxId = "";
  id = "";

  constructor(rig: WasmtimeRig, runtime: ProcessRuntime) {
    this.rig = rig;
    this.runtime = runtime;
  }

  async run(
    args: string[],
    more: Partial<ContainerConfig> = {},
  ): Promise<void> {
    const config = {
      name: "web",
      namespace: "default",
      uid: "uid",
      attempt: 0,
      hostname: "web",
      labels: {},
      annotations: {},
      logDirectory: `${this.rig.folder}/logs/web`,
      hostNetwork: false,
    };
    const image = more.image ?? guestImage("exerciser");
    const { imageRef } = await this.runtime.pullImage(image, {
      signal: AbortSignal.timeout(60_000),
    });
    const sandbox = await this.runtime.runSandbox(config);
    this.sandboxId = sandbox.id;
    this.id = await this.runtime.createContainer({ id: sandbox.id, config }, {
      name: "main",
      attempt: 0,
      image,
      imageRef,
      command: [],
      args,
      env: [],
      mounts: [],
      labels: {},
      annotations: {},
      ports: [],
      resources: {},
      security: {
        privileged: false,
        supplementalGroups: [],
        readOnlyRootFilesystem: false,
        capabilitiesAdd: [],
        capabilitiesDrop: [],
      },
      stdin: false,
      tty: false,
      ...more,
    });
    await this.runtime.startContainer(this.id);
  }

  async status(): Promise<ContainerStatus> {
    const status = await this.runtime.containerStatus(this.id);
    assert.ok(status);
    return status;
  }

  async ended(): Promise<ContainerStatus> {
    await until(async () => (await this.status()).state === "exited");
    return await this.status();
  }

  async lines(): Promise<string[]> {
    const entries = await Array.fromAsync(
      this.runtime.logs(this.id, {
        follow: false,
        signal: AbortSignal.timeout(60_000),
      }),
    );
    return entries.map(({ line }) => new TextDecoder().decode(line));
  }

  get statePath(): string {
    return `${this.rig.folder}/wasmtime/containers/${this.id}/state`;
  }

  /** The words of the state file: `running`, boot id, time, process, its start, supervisor, its start. */
  async state(): Promise<string[]> {
    return (await Deno.readTextFile(this.statePath)).trim().split(/ +/);
  }

  async reopen(): Promise<void> {
    await this.runtime[Symbol.asyncDispose]();
    this.runtime = await this.rig.open();
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_500 && !await holds(); i++) await sleep(20);
  assert.ok(await holds(), "It did not happen in 30 seconds");
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function test(
  name: string,
  fn: (pod: Pod) => Promise<void>,
  needs: readonly ("root" | "linux")[] = ["linux"],
): void {
  testWith(name, {
    needs: [...needs, "wasmtime"],
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using rig = await WasmtimeRig.make();
      const pod = new Pod(rig, await rig.open());
      try {
        await fn(pod);
      } finally {
        await pod.runtime[Symbol.asyncDispose]();
      }
    },
  });
}

test(
  "supervisor tells OOMKilled when the kernel kills the guest for memory",
  async (pod) => {
    await pod.run(["print", "before", "allocate", "200"], {
      resources: { memoryLimitBytes: 48 * 1024 * 1024 },
    });
    const status = await pod.ended();
    assert.equal(status.reason, "OOMKilled");
    assert.equal(status.exitCode, 137);
    assert.deepEqual(await pod.lines(), ["before"]);
  },
  ["root"],
);

test(
  "supervisor drops output and keeps guest and exit when the disk is full",
  async (pod) => {
    // Logs and state on a disk of 2 MiB, which the guest's output fills.
    const disk = `${pod.rig.folder}/logs`;
    await Deno.mkdir(disk);
    await shell(`mount -t tmpfs -o size=1m none ${disk}`);
    try {
      await pod.run([
        "flood",
        "30000", // 3 MB
        ...["sleep", "1500", "print", "after", "sleep", "100", "exit", "3"],
      ]);
      await sleep(1_000);
      const { state } = await pod.status();
      assert.equal(state, "running", "the guest does not notice");
      // Room again: what comes now is kept, and the gap is told.
      const [current] = await files(`${disk}/web/main`, "0.log");
      await Deno.truncate(current ?? "", 1000);
      const status = await pod.ended();
      assert.equal(status.exitCode, 3);
      const lines = await pod.lines();
      assert.equal(lines.at(-1), "after");
      assert.ok(lines.some((line) => /output was lost here/.test(line)));
    } finally {
      await pod.runtime.removeSandbox(pod.sandboxId);
      await shell(`umount ${disk}`);
    }
  },
  ["root"],
);

test("supervisor writes the exit status over bytes that it reserved at the start, so that a full disk cannot lose it", async (pod) => {
  await pod.run(["sleep", "700", "exit", "5"]);
  const dir = `${pod.rig.folder}/wasmtime/containers/${pod.id}`;
  // In place: not a byte more than at the start is needed.
  const before = (await Deno.stat(pod.statePath)).size;
  const inode = (await Deno.stat(pod.statePath)).ino;
  assert.equal((await pod.ended()).exitCode, 5);
  const after = await Deno.stat(`${dir}/state`);
  assert.equal(after.size, before);
  assert.equal(after.ino, inode);
});

test("runtime tells what happened while the agent was away for long", async (pod) => {
  await pod.run(["print", "working", "sleep", "300", "exit", "4"]);
  await pod.runtime[Symbol.asyncDispose]();
  await until(async () => (await pod.state())[0] === "exited");
  // Hours later: times are those of the files, not of the return.
  const then = new Date(Date.now() - 3 * 3600 * 1000);
  await Deno.utime(pod.statePath, then, then);
  const state = await Deno.readTextFile(pod.statePath);
  const startedAt = then.getTime() - 500;
  await Deno.writeTextFile(
    pod.statePath,
    state.replace(/^(\w+ \S+) \d+/, `$1 ${startedAt}`),
  );
  await Deno.utime(pod.statePath, then, then);
  pod.runtime = await pod.rig.open();
  const status = await pod.status();
  assert.equal(status.exitCode, 4);
  assert.equal(status.startedAt, startedAt);
  assert.ok(Math.abs((status.finishedAt ?? 0) - then.getTime()) < 1000);
  assert.deepEqual(await pod.lines(), ["working"]);
});

test("runtime tells a reboot from a crash when the state is of another boot", async (pod) => {
  await pod.run(["sleep", LONG]);
  const words = await pod.state();
  const guest = Number(words[3]);
  const sandbox = `${pod.rig.folder}/wasmtime/sandboxes/${pod.sandboxId}.json`;
  await pod.runtime[Symbol.asyncDispose]();
  // As after a reboot: files of another boot, and nothing that runs.
  Deno.kill(guest, "SIGKILL");
  await until(async () => (await pod.state())[0] === "exited");
  const other = "00000000-0000-0000-0000-000000000000";
  await Deno.writeTextFile(
    pod.statePath,
    ["running", other, ...words.slice(2)].join(" "),
  );
  const record = JSON.parse(await Deno.readTextFile(sandbox));
  await Deno.writeTextFile(
    sandbox,
    JSON.stringify({ ...record, bootId: other }),
  );
  pod.runtime = await pod.rig.open();
  const status = await pod.status();
  assert.equal(status.state, "exited");
  assert.equal(status.exitCode, 255);
  assert.match(status.message ?? "", /machine restarted/);
  const again = await pod.status();
  assert.deepEqual(again, status, "the time of an end does not move");
  assert.equal(
    (await pod.runtime.sandboxStatus(pod.sandboxId))?.state,
    "notready",
  );
});

test("runtime does not take another process for the guest when its id is used again", async (pod) => {
  await pod.run(["sleep", LONG]);
  const words = await pod.state();
  Deno.kill(Number(words[5]), "SIGKILL"); // the supervisor
  Deno.kill(Number(words[3]), "SIGKILL"); // the guest
  await until(async () => !await exists(`/proc/${words[3]}`));
  // Another process has got the number: ours, with another start time.
  words[3] = String(Deno.pid);
  words[5] = String(Deno.pid);
  await Deno.writeTextFile(pod.statePath, words.join(" "));
  const status = await pod.status();
  assert.equal(status.state, "exited");
  assert.equal(status.exitCode, 255);
  await pod.runtime.stopContainer(pod.id, 0); // and does not kill it
});

test("runtime keeps the guest and notices its end when the supervisor is killed", async (pod) => {
  await pod.run(["sleep", LONG]);
  const words = await pod.state();
  Deno.kill(Number(words[5]), "SIGKILL");
  await until(async () => !await exists(`/proc/${words[5]}`));
  assert.equal((await pod.status()).state, "running");
  await pod.runtime.stopContainer(pod.id, 0);
  const status = await pod.status();
  assert.equal(status.state, "exited");
  assert.match(status.message ?? "", /supervisor/);
});

test("log writer keeps each stream within its bound and the newest lines", async (pod) => {
  const count = Math.ceil(LOG_LIMIT_BYTES * 2.6 / 99);
  await pod.run(["flood", String(count), "print", "the end"]);
  await pod.ended();
  const folder = `${pod.rig.folder}/logs/web/main`;
  let bytes = 0;
  for (const name of ["0.log", "0.log.1"]) {
    const { size } = await Deno.stat(`${folder}/${name}`);
    assert.ok(size > 0 && size < LOG_LIMIT_BYTES * 1.05, `${name} has ${size}`);
    bytes += size;
  }
  assert.ok(bytes > LOG_LIMIT_BYTES);
  const lines = await pod.lines();
  assert.equal(lines.at(-1), "the end");
  assert.ok(
    lines.slice(0, -1).every((line) => /^(0123456789 ?){9}$/.test(line)),
  );
});

test("log writer cuts a line without end into parts", async (pod) => {
  const text = "x".repeat(20_000);
  await pod.run([...Array(3).fill(["put", text]).flat(), "print", "!"]);
  await pod.ended();
  const entries = await Array.fromAsync(
    pod.runtime.logs(pod.id, {
      follow: false,
      signal: AbortSignal.timeout(10_000),
    }),
  );
  assert.deepEqual(
    entries.map(({ line, partial }) => [line.length, partial]),
    [[16384, true], [16384, true], [16384, true], [60_001 - 3 * 16384, false]],
  );
});

test("log writer starts again when it is killed, and nothing that it had not read is lost", async (pod) => {
  await pod.run(["lines", "40", "50"]);
  await until(async () => (await pod.lines()).length > 5);
  const writer = await processWith(`${pod.rig.folder}/logs/web/main`);
  Deno.kill(writer, "SIGKILL");
  await pod.ended();
  const lines = await pod.lines();
  assert.equal(lines.at(-1), "line 40");
  assert.equal(new Set(lines).size, lines.length);
  assert.ok(lines.length >= 39, `${lines.length} lines`);
});

test("log holds no line of the engine's own, but what it says when it cannot serve", async (pod) => {
  const http = {
    image: guestImage("http_echo"),
    ports: [{ containerPort: 8080, protocol: "TCP" as const }],
  };
  await pod.run([], http);
  const address = (await pod.runtime.sandboxStatus(pod.sandboxId))?.ips[0];
  await until(() =>
    fetch(`http://${address}:8080/`, { headers: { connection: "close" } })
      .then(async (r) => !!await r.text(), () => false)
  );
  await pod.runtime.stopContainer(pod.id, 10_000);
  assert.deepEqual(
    (await pod.lines()).filter((line) => !/^Waiting for child/.test(line)),
    [],
  );
  await pod.run([], {
    ...http,
    ports: [{ containerPort: 70_000, protocol: "TCP" }],
  });
  assert.notEqual((await pod.ended()).exitCode, 0);
  assert.match((await pod.lines()).join("\n"), /invalid (port|socket)/i);
});

test("stopContainer() lets running requests finish when the guest serves HTTP", async (pod) => {
  await pod.run([], {
    image: guestImage("http_echo"),
    ports: [{ containerPort: 8080, protocol: "TCP" }],
    env: [{ name: "POD_NAME", value: "web" }],
  });
  const sandbox = await pod.runtime.sandboxStatus(pod.sandboxId);
  const url = `http://${sandbox?.ips[0]}:8080`;
  const ask = async (path: string) =>
    await (await fetch(url + path, { headers: { connection: "close" } }))
      .text();
  await until(() => ask("/healthz").then(() => true, () => false));
  const slow = ask("/sleep/800");
  await sleep(200);
  const stopped = pod.runtime.stopContainer(pod.id, 10_000);
  assert.equal(await slow, "hello from web, asked for /sleep/800\n");
  await stopped;
  const status = await pod.status();
  assert.equal(status.state, "exited");
  assert.equal(status.exitCode, 0);
});

test("stopContainer() kills after the grace when a request does not finish", async (pod) => {
  await pod.run([], {
    image: guestImage("http_echo"),
    ports: [{ containerPort: 8080, protocol: "TCP" }],
  });
  const sandbox = await pod.runtime.sandboxStatus(pod.sandboxId);
  const url = `http://${sandbox?.ips[0]}:8080`;
  await until(() =>
    fetch(`${url}/healthz`).then(async (r) => !!await r.text(), () => false)
  );
  const hanging = fetch(`${url}/sleep/600000`).catch(() => "broken");
  await sleep(200);
  await pod.runtime.stopContainer(pod.id, 300);
  assert.equal((await pod.status()).exitCode, 137);
  assert.equal(await hanging, "broken");
});

test(
  "guest runs as nobody without capabilities, or as the Pod's user",
  async (pod) => {
    await pod.run(["sleep", LONG], {
      security: {
        privileged: false,
        runAsUser: 4711,
        runAsGroup: 4712,
        supplementalGroups: [4713],
        readOnlyRootFilesystem: false,
        capabilitiesAdd: [],
        capabilitiesDrop: [],
      },
    });
    const guest = (await pod.state())[3];
    let status = "";
    await until(async () => {
      status = await Deno.readTextFile(`/proc/${guest}/status`);
      return /Uid:\t4711/.test(status);
    });
    assert.match(status, /Uid:\t4711\t4711\t4711\t4711/);
    assert.match(status, /Gid:\t4712\t4712/);
    assert.match(status, /Groups:\t4713/);
    assert.match(status, /CapBnd:\t0000000000000000/);
    assert.match(status, /NoNewPrivs:\t1/);
  },
  ["root"],
);

test(
  "mounts are read-only when the Pod says so, and single files can be mounted",
  async (pod) => {
    const data = `${pod.rig.folder}/secret data`;
    await Deno.mkdir(data);
    await Deno.chmod(data, 0o777);
    await Deno.writeTextFile(`${data}/file`, "content\n");
    // Nobody else may enter the folders above: the guest's user need not.
    await Deno.chmod(pod.rig.folder, 0o700);
    await pod.run(
      [
        "read",
        "/a/file",
        "write",
        "/b/new",
        "hello",
        "read",
        "/etc/one",
        "write",
        "/a/new",
        "x",
      ],
      {
        mounts: [
          { hostPath: data, containerPath: "/a", readOnly: true },
          { hostPath: data, containerPath: "/b", readOnly: false },
          {
            hostPath: `${data}/file`,
            containerPath: "/etc/one",
            readOnly: true,
          },
        ],
      },
    );
    const status = await pod.ended();
    assert.deepEqual(await pod.lines(), ["content", "content"]);
    assert.equal(status.exitCode, 3, "the last write was refused");
    assert.equal(await Deno.readTextFile(`${data}/new`), "hello\n");
    assert.ok(
      !(await Deno.readTextFile("/proc/self/mountinfo")).includes("secret"),
    );
  },
  ["root"],
);

test("runtime takes over starts of an agent that was killed midway", async (pod) => {
  await pod.run(["sleep", LONG]);
  const words = await pod.state();
  Deno.kill(Number(words[5]), "SIGKILL");
  Deno.kill(Number(words[3]), "SIGKILL");
  await Deno.writeTextFile(pod.statePath, "starting");
  assert.equal((await pod.status()).state, "created");
  await pod.runtime.startContainer(pod.id);
  assert.equal((await pod.status()).state, "running");
  await pod.runtime.stopContainer(pod.id, 0);
  assert.equal((await pod.status()).exitCode, 137);
});

async function shell(script: string): Promise<void> {
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

async function files(folder: string, name: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name === name) found.push(`${folder}/${entry.name}`);
  }
  return found;
}

/** The engine's process whose arguments hold a text. */
async function processWith(text: string): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    if (line.includes("\0run\0") && line.includes(text)) return Number(name);
  }
  throw new Error(`No process has "${text}" in its arguments`);
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
