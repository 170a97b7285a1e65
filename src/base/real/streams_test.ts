import assert from "node:assert/strict";
import { decodeText, encodeText } from "../bytes.ts";
import type { Address, ByteStream } from "../host.ts";
import { addressText, dial, listen } from "./streams.ts";

async function withFolder(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readAll(stream: ByteStream): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(1024);
  for (let n; (n = await stream.read(buffer)) !== null;) {
    text += decodeText(buffer.subarray(0, n));
  }
  return text;
}

/** Asks and answers over a connection, each side ending its direction. */
async function talk(at: Address): Promise<void> {
  using listener = await listen(at);
  const serving = (async () => {
    const { stream } = await listener.accept();
    using _ = stream;
    const question = await readAll(stream);
    await stream.write(encodeText(`${question}!`));
    await stream.closeWrite();
  })();
  using stream = await dial(listener.address);
  await stream.write(encodeText("hello"));
  await stream.closeWrite();
  assert.equal(await readAll(stream), "hello!");
  await serving;
}

Deno.test("dial() and listen() carry bytes and ends of directions over TCP", () =>
  talk({ hostname: "127.0.0.1", port: 0 }));

Deno.test("dial() and listen() carry bytes and ends of directions over a unix socket, which is gone after", () =>
  withFolder(async (folder) => {
    await talk({ path: `${folder}/socket` });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("listen() throws in-use when somebody listens there", () =>
  withFolder(async (folder) => {
    using tcp = await listen({ hostname: "127.0.0.1", port: 0 });
    await assert.rejects(listen(tcp.address), {
      name: "HostError",
      code: "in-use",
      message: /^Cannot listen on 127\.0\.0\.1:\d+: /,
    });
    const path = `${folder}/socket`;
    using _unix = await listen({ path });
    const serving = (async () => (await _unix.accept()).stream.close())();
    await assert.rejects(listen({ path }), { code: "in-use" });
    await serving;
  }));

Deno.test("listen() takes the place of a socket whose owner was killed", () =>
  withFolder(async (folder) => {
    const path = `${folder}/socket`;
    const program = `
      Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });
      Deno.kill(Deno.pid, "SIGKILL");
    `;
    await new Deno.Command(Deno.execPath(), { args: ["eval", program] })
      .output();
    assert.ok(Deno.lstatSync(path).isSocket);
    await talk({ path });
  }));

Deno.test("listen() leaves a file alone that is no socket", () =>
  withFolder(async (folder) => {
    const path = `${folder}/file`;
    await Deno.writeTextFile(path, "precious");
    await assert.rejects(listen({ path }), { code: "already-exists" });
    assert.equal(await Deno.readTextFile(path), "precious");
  }));

Deno.test("accept() throws closed when the listener is closed while it waits", async () => {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  const waiting = listener.accept();
  listener.close();
  listener.close();
  await assert.rejects(waiting, { name: "HostError", code: "closed" });
});

Deno.test("dial() throws refused, unreachable or not-found when nobody can be there", async () => {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  const { address } = listener;
  listener.close();
  await assert.rejects(dial(address), { name: "HostError", code: "refused" });
  await assert.rejects(dial({ hostname: "no-such-host.invalid", port: 1 }), {
    code: "unreachable",
  });
  await assert.rejects(dial({ path: "/no/such/socket" }), {
    code: "not-found",
  });
});

Deno.test("dial() throws the signal's reason when it aborts before", async () => {
  const reason = new Error("enough");
  await assert.rejects(
    dial({ path: "/x" }, { signal: AbortSignal.abort(reason) }),
    reason,
  );
});

Deno.test("addressText() tells addresses as people write them", () => {
  assert.equal(addressText({ hostname: "::1", port: 80 }), "[::1]:80");
  assert.equal(addressText({ hostname: "a.b", port: 80 }), "a.b:80");
  assert.equal(addressText({ path: "/x" }), '"/x"');
});

Deno.test({
  name:
    "dial() and accept() have the kernel look after connections whose peer may vanish",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const listener = await listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.address as { port: number };
    const [client, { stream: server }] = await Promise.all([
      dial({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    const hex = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
    const timers = (await Deno.readTextFile("/proc/net/tcp")).split("\n")
      .filter((line) => line.includes(hex) && line.includes(" 01 ")) // established
      .map((line) => line.trim().split(/\s+/)[5]?.slice(0, 2));
    assert.deepEqual(timers, ["02", "02"], "keep-alive timers");
    client.close();
    server.close();
    listener.close();
  },
});
