import assert from "node:assert/strict";
import type { ContainerStatus } from "../../src/api/core/container_status.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { FakeMachine, FakeRuntime } from "../runtime/fake/mod.ts";
import { containerLogs } from "./container_logs.ts";

const STARTED = Date.UTC(2026, 0, 1);

/** A runtime with two attempts of one container: the first has ended, the second runs. */
async function makeRuntime() {
  const host = new VirtualHost({ now: STARTED });
  const machine = new FakeMachine();
  const runtime = new FakeRuntime(host, {
    machine,
    script: ({ attempt }) => ({
      lines: [`attempt ${attempt}`, "two", "three"],
    }),
  });
  const config = {
    name: "web",
    namespace: "default",
    uid: "u",
    attempt: 0,
    hostname: "web",
    labels: {},
    annotations: {},
    logDirectory: "/logs",
    hostNetwork: false,
  };
  const sandbox = await runtime.runSandbox(config);
  const ids: string[] = [];
  for (const attempt of [0, 1]) {
    const id = await runtime.createContainer({ id: sandbox.id, config }, {
      name: "app",
      attempt,
    } as never);
    await runtime.startContainer(id);
    ids.push(id);
  }
  machine.kill(ids[0]!, { now: host.clock.now() });
  return { host, runtime, ids, machine };
}

async function read(
  bench: Awaited<ReturnType<typeof makeRuntime>>,
  query: string,
  status?: Partial<ContainerStatus>,
): Promise<{ status: number; text: string }> {
  const [first, second] = bench.ids;
  const response = containerLogs(
    {
      name: "web",
      runtime: bench.runtime,
      status: {
        containerStatuses: [{
          name: "app",
          ready: true,
          restartCount: 1,
          image: "",
          imageID: "",
          containerID: `fake://${second}`,
          state: { running: {} },
          lastState: {
            terminated: { exitCode: 1, containerID: `fake://${first}` },
          },
          ...status,
        }],
      },
    },
    "app",
    {
      params: new URLSearchParams(query),
      now: bench.host.clock.now(),
    },
  );
  return { status: response.status, text: await response.text() };
}

Deno.test("containerLogs() gives the running attempt's output, or the previous one's", async () => {
  const bench = await makeRuntime();
  assert.equal((await read(bench, "")).text, "attempt 1\ntwo\nthree\n");
  assert.equal(
    (await read(bench, "previous=true")).text,
    "attempt 0\ntwo\nthree\n",
  );
  assert.equal((await read(bench, "tailLines=1")).text, "three\n");
  assert.equal((await read(bench, "limitBytes=12")).text, "attempt 1\ntw");
  assert.equal(
    (await read(bench, "timestamps=true&tailLines=1")).text,
    "2026-01-01T00:00:00.000000000Z three\n",
  );
  await bench.host.advance(60_000);
  assert.equal((await read(bench, "sinceSeconds=10")).text, "");
  assert.equal(
    (await read(bench, "sinceTime=2025-12-31T00:00:00Z&tailLines=1")).text,
    "three\n",
  );
});

Deno.test("containerLogs() follows until the container has ended", async () => {
  const bench = await makeRuntime();
  const reading = read(bench, "follow=true");
  await bench.host.settle();
  const id = bench.ids[1]!;
  bench.machine.kill(id, { now: bench.host.clock.now() });
  bench.runtime.poke(bench.machine.containers.get(id)!.sandboxId);
  assert.equal((await reading).text, "attempt 1\ntwo\nthree\n");
});

Deno.test("containerLogs() ends when the limit is reached, though it follows a container that runs", async () => {
  const bench = await makeRuntime();
  let text: string | undefined;
  const reading = read(bench, "follow=true&limitBytes=17").then((answer) =>
    text = answer.text
  );
  await bench.host.settle();
  assert.equal(text, "attempt 1\ntwo\nthr");
  await reading;
});

Deno.test("containerLogs() says in kubelet's words why there is no output", async () => {
  const bench = await makeRuntime();
  const waiting = (reason: string) => ({
    state: { waiting: { reason } },
    lastState: {},
  });
  const table: [string, Partial<ContainerStatus>, string][] = [
    [
      "",
      waiting("ContainerCreating"),
      'container "app" in pod "web" is waiting to start: ContainerCreating',
    ],
    [
      "",
      waiting("ImagePullBackOff"),
      'container "app" in pod "web" is waiting to start: trying and failing to pull image',
    ],
    [
      "previous=true",
      { lastState: {} },
      'previous terminated container "app" in pod "web" not found',
    ],
  ];
  for (const [query, status, text] of table) {
    assert.deepEqual(await read(bench, query, status), { status: 400, text });
  }
  assert.deepEqual(await read(bench, "tailLines=x"), {
    status: 400,
    text: 'Could not read tailLines: "x" is not a whole number',
  });
});

Deno.test("containerLogs() gives one of the two outputs only, when it is asked for", async () => {
  const bench = await makeRuntime();
  assert.equal((await read(bench, "stream=Stderr")).text, "");
  assert.equal(
    (await read(bench, "stream=Stdout")).text,
    "attempt 1\ntwo\nthree\n",
  );
  assert.equal((await read(bench, "stream=All&tailLines=1")).text, "three\n");
  assert.deepEqual(await read(bench, "stream=Both"), {
    status: 400,
    text: 'Could not read stream: "Both" is not All, Stdout or Stderr',
  });
});
