import assert from "node:assert/strict";
import { CHANNEL } from "../../src/base/channel_frames.ts";
import { decodeText } from "../../src/base/bytes.ts";
import { type ServerSession, StreamBench } from "../testing/stream_bench.ts";

const SUCCESS = { metadata: {}, status: "Success" };

Deno.test("exec gives outputs apart, then the exit code once and last", async () => {
  const bench = await StreamBench.open({
    exec: async (command, { print }) => {
      await print(`ran ${command.join(" ")}\n`);
      await print("oops\n", "stderr");
      return 7;
    },
  });
  const seen = await bench.session({ command: ["sh", "-c", "x"] }).seen();
  assert.deepEqual(seen, {
    stdout: "ran sh -c x\n",
    stderr: "oops\n",
    statuses: [{
      metadata: {},
      status: "Failure",
      message:
        "command terminated with non-zero exit code: error executing command [sh -c x], exit code 7",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "7" }] },
    }],
  });
  await bench.allEnded();
});

Deno.test("exec hands input over until it is closed, and goes on with the output", async () => {
  const bench = await StreamBench.open({
    exec: async (_command, { stdin, print }) => {
      for await (const chunk of stdin) await print(`<${decodeText(chunk)}>`);
      await print("over");
      return 0;
    },
  });
  const session = bench.session({ stdin: true });
  await session.send(CHANNEL.stdin, "one");
  await session.send(CHANNEL.stdin, "");
  await session.send(CHANNEL.stdin, "two");
  await session.endInput();
  await session.endInput();
  const seen = await session.seen();
  assert.equal(seen.stdout, "<one><two>over");
  assert.deepEqual(seen.statuses, [SUCCESS]);
  await bench.allEnded();
});

Deno.test("exec tells the sizes of a terminal, which has one output only", async () => {
  const bench = await StreamBench.open({
    exec: async (_command, { resize, print }) => {
      let left = 2;
      for await (const { width, height } of resize) {
        await print(`${width}x${height} `, "stderr");
        if (--left === 0) break;
      }
      return 0;
    },
  });
  const session = bench.session({ tty: true, stdin: true });
  await session.send(CHANNEL.resize, '{"Width":80,"Height":24}');
  await session.send(CHANNEL.resize, "not a size");
  await session.send(CHANNEL.resize, '{"Width":-1,"Height":1e9}');
  await session.send(CHANNEL.resize, '{"Width":133,"Height":44}');
  const seen = await session.seen();
  assert.equal(seen.stdout, "80x24 133x44 ");
  assert.equal(seen.stderr, "");
  await bench.allEnded();
});

Deno.test("exec tells why the command could not be run, in kubelet's words", async () => {
  const bench = await StreamBench.open({
    exec: () => Promise.reject(new Error("No such program")),
  });
  const { statuses } = await bench.session().seen();
  assert.deepEqual(statuses, [{
    metadata: {},
    status: "Failure",
    message:
      "Internal error occurred: error executing command in container: No such program",
    reason: "InternalError",
    details: {
      causes: [{
        message: "error executing command in container: No such program",
      }],
    },
    code: 500,
  }]);
});

Deno.test("exec lets a process wait whose output nobody reads", async () => {
  const chunk = "x".repeat(100_000);
  let printed = 0;
  const bench = await StreamBench.open({
    exec: async (_command, { print }) => {
      for (; printed < 100; printed++) await print(chunk);
      return 0;
    },
  });
  const session = bench.session();
  await bench.host.settle();
  await bench.host.settle();
  assert.ok(printed < 8, `${printed} chunks on their way to nobody`);
  const seen = await session.seen();
  assert.equal(seen.stdout.length, 100 * chunk.length);
  assert.deepEqual(seen.statuses, [SUCCESS]);
});

Deno.test("exec lets a client wait whose input the process does not read, and ends all the same", async () => {
  let end = () => {};
  const bench = await StreamBench.open({
    exec: () => new Promise((resolve) => end = () => resolve(0)),
  });
  const session = bench.session({ stdin: true });
  let sent = 0;
  const sending = (async () => {
    for (; sent < 100; sent++) {
      await session.send(CHANNEL.stdin, "y".repeat(50_000));
    }
  })().catch(() => {});
  const seen = session.seen();
  await bench.host.settle();
  await bench.host.settle();
  assert.ok(sent < 20, `${sent} chunks taken for nobody`);
  end();
  assert.deepEqual((await seen).statuses, [SUCCESS]);
  await sending;
  await bench.allEnded();
});

for (
  const [what, leave] of [
    ["client", (_: StreamBench, { stream }: ServerSession) => stream.reset("")],
    ["link", ({ server }: StreamBench) => server.close("gone")],
  ] as const
) {
  Deno.test(`exec ends its process when the ${what} is gone`, async () => {
    let ended = false;
    const bench = await StreamBench.open({
      exec: (_command, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => {
            ended = true;
            reject(signal.reason);
          })
        ),
    });
    const session = bench.session();
    const seen = session.seen();
    await bench.host.settle();
    leave(bench, session);
    await seen;
    await bench.allEnded();
    assert.ok(ended);
  });
}

Deno.test("attach ends well when the container ends", async () => {
  const bench = await StreamBench.open({
    attach: ({ print }) => print("hello"),
  });
  const seen = bench.session({ type: "attach" }).seen();
  await bench.host.settle();
  bench.endContainer();
  assert.deepEqual(await seen, {
    stdout: "hello",
    stderr: "",
    statuses: [SUCCESS],
  });
  await bench.allEnded();
});

Deno.test("serveStream() refuses with a status what cannot become a session", async () => {
  const bench = await StreamBench.open();
  for (
    const [header, reason] of [
      [{ pod: "other" }, "404 pod does not exist"],
      [{ uid: "u0" }, "404 pod does not exist"],
      [{ container: "db" }, '500 container not found ("db")'],
      [
        { type: "attach", container: "db" },
        "500 container db not found in pod web_default",
      ],
      [{ command: [] }, "400 you must specify at least one command"],
      [
        { stdout: false, stderr: false },
        "400 you must specify at least 1 of stdin, stdout, stderr",
      ],
      [{ type: "toString" }, '400 unknown kind of stream "toString"'],
    ] as const
  ) {
    const { failure } = await bench.session(header).seen();
    assert.equal(failure, `Stream reset by peer: ${reason}`);
  }
  await bench.allEnded();
});
