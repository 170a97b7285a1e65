import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type ByteStream, type Host, HostError } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { BoundRedirect } from "./bound_redirect.ts";
import type { ProxiedPort } from "./proxied_service.ts";
import { ServiceProxy } from "./proxy.ts";

/** Answers every connection with its own name and what it was sent, once the client has ended its direction. */
async function echoServer(host: Host, ip: string, name: string) {
  const listener = await host.net.listen({ hostname: ip, port: 0 });
  const { port } = listener.address as { port: number };
  const serve = async () => {
    for (;;) {
      const { stream } = await listener.accept();
      void (async () => {
        const request = await readAll(stream);
        await writeAll(stream, `${name}:${request}`);
        await stream.closeWrite();
        stream.close();
      })().catch(() => {});
    }
  };
  const serving = serve().catch(() => {});
  return {
    endpoint: { ip, port },
    async stop() {
      listener.close();
      await serving;
    },
  };
}

/** One new connection: sends a text, ends its direction, reads the answer. */
async function ask(host: Host, port: number, text = ""): Promise<string> {
  const stream = await host.net.dial({ hostname: "127.96.77.1", port });
  await writeAll(stream, text);
  await stream.closeWrite();
  try {
    return await readAll(stream);
  } finally {
    stream.close();
  }
}

async function readAll(stream: ByteStream): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const length = await stream.read(buffer);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}

async function writeAll(stream: ByteStream, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
}

const PORT = 28_731;
const service = (
  endpoints: ProxiedPort["endpoints"],
): ProxiedPort => ({
  name: "default/web:http",
  addresses: ["127.96.77.1"],
  port: PORT,
  policy: "round-robin",
  endpoints,
});

Deno.test("ServiceProxy.sync() spreads new connections evenly and in turn", async () => {
  using host = makeRealHost({ logLevel: "error" });
  const servers = [
    await echoServer(host, "127.64.77.1", "a"),
    await echoServer(host, "127.64.77.2", "b"),
    await echoServer(host, "127.64.77.3", "c"),
  ];
  const proxy = new ServiceProxy(host, BoundRedirect.loopback());
  await proxy.sync([service(servers.map(({ endpoint }) => endpoint))]);
  const answers: string[] = [];
  for (let i = 0; i < 9; i++) answers.push(await ask(host, PORT, `${i}`));
  deepStrictEqual(
    answers,
    ["a:0", "b:1", "c:2", "a:3", "b:4", "c:5", "a:6", "b:7", "c:8"],
  );
  await proxy[Symbol.asyncDispose]();
  for (const server of servers) await server.stop();
});

Deno.test("ServiceProxy.sync() moves a megabyte both ways unchanged", async () => {
  using host = makeRealHost({ logLevel: "error" });
  const server = await echoServer(host, "127.64.77.1", "a");
  const proxy = new ServiceProxy(host, BoundRedirect.loopback());
  await proxy.sync([service([server.endpoint])]);
  const text = "0123456789abcdef".repeat(65_536);
  strictEqual(await ask(host, PORT, text), "a:" + text);
  await proxy[Symbol.asyncDispose]();
  await server.stop();
});

Deno.test("ServiceProxy.sync() refuses connections to a service without endpoints", async () => {
  using host = makeRealHost({ logLevel: "error" });
  const server = await echoServer(host, "127.64.77.1", "a");
  const proxy = new ServiceProxy(host, BoundRedirect.loopback());
  await proxy.sync([service([server.endpoint])]);
  strictEqual(await ask(host, PORT), "a:");
  await proxy.sync([service([])]);
  await rejects(
    ask(host, PORT),
    (error) => error instanceof HostError && error.code === "refused",
  );
  await proxy.sync([service([server.endpoint])]);
  strictEqual(await ask(host, PORT), "a:");
  await proxy[Symbol.asyncDispose]();
  await server.stop();
});

Deno.test("ServiceProxy.sync() passes over an endpoint that is dead already", async () => {
  using host = makeRealHost({ logLevel: "error" });
  const [a, b] = [
    await echoServer(host, "127.64.77.1", "a"),
    await echoServer(host, "127.64.77.2", "b"),
  ];
  const proxy = new ServiceProxy(host, BoundRedirect.loopback());
  await proxy.sync([service([a.endpoint, b.endpoint])]);
  await a.stop();
  for (let i = 0; i < 4; i++) strictEqual(await ask(host, PORT), "b:");
  await proxy[Symbol.asyncDispose]();
  await b.stop();
});

Deno.test("ServiceProxy.sync() lets running connections of a removed endpoint end by themselves", async () => {
  using host = makeRealHost({ logLevel: "error" });
  const [a, b] = [
    await echoServer(host, "127.64.77.1", "a"),
    await echoServer(host, "127.64.77.2", "b"),
  ];
  const proxy = new ServiceProxy(host, BoundRedirect.loopback());
  await proxy.sync([service([a.endpoint])]);
  const stream = await host.net.dial({ hostname: "127.96.77.1", port: PORT });
  await writeAll(stream, "begun ");
  await untilServed(proxy);
  await proxy.sync([service([b.endpoint])]);
  strictEqual(await ask(host, PORT), "b:");
  await writeAll(stream, "and done");
  await stream.closeWrite();
  strictEqual(await readAll(stream), "a:begun and done");
  stream.close();
  await proxy[Symbol.asyncDispose]();
  await a.stop();
  await b.stop();
});

/** Waits until the proxy has dialled an endpoint for the connection just made. */
async function untilServed(proxy: ServiceProxy): Promise<void> {
  for (;;) {
    const { ports } = proxy.state() as { ports: { served: number }[] };
    if (ports.some(({ served }) => served > 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

Deno.test("sync() leaves no listener behind when the rules cannot be loaded, and loads them at the next call", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const applied: number[] = [];
  let broken = false;
  await using proxy = new ServiceProxy(host, {
    mode: "nft",
    bindings: () => [{ hostname: "127.96.77.1", port: PORT }],
    apply: (ports) => {
      if (broken) return Promise.reject(new Error("nft is busy"));
      applied.push(ports.length);
      return Promise.resolve();
    },
    handOver: () => Promise.resolve(false),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  await proxy.sync([service([{ ip: "127.0.0.1", port: 9 }])]);
  broken = true;
  await rejects(proxy.sync([]), /nft is busy/);
  await rejects(host.net.dial({ hostname: "127.96.77.1", port: PORT }));
  broken = false;
  await proxy.sync([]);
  deepStrictEqual(applied, [1, 0]);
});
