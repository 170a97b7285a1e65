/** The failure table of `../process/supervisor.ts`, row by row, with the real engine. */
import assert from "node:assert/strict";
import { LOG_LIMIT_BYTES } from "../process/log_names.ts";
import { exists, LONG, podTest, sleep, until } from "./pod_rig.ts";
import { guestImage } from "./wasmtime_rig.ts";

podTest(
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

podTest(
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

podTest(
  "supervisor writes the exit status over bytes that it reserved at the start, so that a full disk cannot lose it",
  async (pod) => {
    await pod.run(["sleep", "700", "exit", "5"]);
    const dir = `${pod.rig.folder}/wasmtime/containers/${pod.id}`;
    // In place: not a byte more than at the start is needed.
    const before = (await Deno.stat(pod.statePath)).size;
    const inode = (await Deno.stat(pod.statePath)).ino;
    assert.equal((await pod.ended()).exitCode, 5);
    const after = await Deno.stat(`${dir}/state`);
    assert.equal(after.size, before);
    assert.equal(after.ino, inode);
  },
);

podTest(
  "runtime tells what happened while the agent was away for long",
  async (pod) => {
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
  },
);

podTest(
  "runtime tells a reboot from a crash when the state is of another boot",
  async (pod) => {
    await pod.run(["sleep", LONG]);
    const words = await pod.state();
    const guest = Number(words[3]);
    const sandbox =
      `${pod.rig.folder}/wasmtime/sandboxes/${pod.sandboxId}.json`;
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
  },
);

podTest(
  "runtime does not take another process for the guest when its id is used again",
  async (pod) => {
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
  },
);

podTest(
  "runtime keeps the guest and notices its end when the supervisor is killed",
  async (pod) => {
    await pod.run(["sleep", LONG]);
    const words = await pod.state();
    Deno.kill(Number(words[5]), "SIGKILL");
    await until(async () => !await exists(`/proc/${words[5]}`));
    assert.equal((await pod.status()).state, "running");
    await pod.runtime.stopContainer(pod.id, 0);
    const status = await pod.status();
    assert.equal(status.state, "exited");
    assert.match(status.message ?? "", /supervisor/);
  },
);

for (
  const [prints, args] of [["already", ["print", "x"]], ["never", []]] as const
) {
  podTest(
    `runtime is told that a guest which has ${prints} printed ended, though its supervisor was killed`,
    async (pod) => {
      await pod.run([...args, "sleep", LONG]);
      const words = await pod.state();
      if (args.length) await until(async () => (await pod.lines()).length > 0);
      const heard: string[] = [];
      pod.runtime.onChange((sandboxId) => void heard.push(sandboxId));
      Deno.kill(Number(words[5]), "SIGKILL");
      await until(async () => !await exists(`/proc/${words[5]}`));
      assert.equal(heard.length, 0);
      Deno.kill(Number(words[3]), "SIGKILL");
      await until(() => heard.includes(pod.sandboxId));
      assert.match((await pod.status()).message ?? "", /supervisor/);
    },
  );
}

podTest(
  "log writer keeps each stream within its bound and the newest lines",
  async (pod) => {
    const count = Math.ceil(LOG_LIMIT_BYTES * 2.6 / 99);
    await pod.run(["flood", String(count), "print", "the end"]);
    await pod.ended();
    const folder = `${pod.rig.folder}/logs/web/main`;
    let bytes = 0;
    for (const name of ["0.log", "0.log.1"]) {
      const { size } = await Deno.stat(`${folder}/${name}`);
      assert.ok(
        size > 0 && size < LOG_LIMIT_BYTES * 1.05,
        `${name} has ${size}`,
      );
      bytes += size;
    }
    assert.ok(bytes > LOG_LIMIT_BYTES);
    const lines = await pod.lines();
    assert.equal(lines.at(-1), "the end");
    assert.ok(
      lines.slice(0, -1).every((line) => /^(0123456789 ?){9}$/.test(line)),
    );
  },
);

podTest("log writer cuts a line without end into parts", async (pod) => {
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

podTest(
  "log writer starts again when it is killed, and nothing that it had not read is lost",
  async (pod) => {
    await pod.run(["lines", "40", "50"]);
    await until(async () => (await pod.lines()).length > 5);
    const writer = await processWith(`${pod.rig.folder}/logs/web/main`);
    Deno.kill(writer, "SIGKILL");
    await pod.ended();
    const lines = await pod.lines();
    assert.equal(lines.at(-1), "line 40");
    assert.equal(new Set(lines).size, lines.length);
    assert.ok(lines.length >= 39, `${lines.length} lines`);
  },
);

podTest(
  "log holds no line of the engine's own, but what it says when it cannot serve",
  async (pod) => {
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
  },
);

podTest(
  "runtime takes over starts of an agent that was killed midway",
  async (pod) => {
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
  },
);

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

/** The log writer whose arguments hold a text. */
async function processWith(text: string): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    if (/log-writer\0/.test(line) && line.includes(text)) return Number(name);
  }
  throw new Error(`No process has "${text}" in its arguments`);
}
