import assert from "node:assert/strict";
import { concat, decodeText, encodeText } from "../../base/bytes.ts";
import type { ByteStream, Host } from "../../base/host.ts";
import { HttpTransport } from "../../client/http_transport.ts";
import { type PairedSocket, socketPair } from "../../testing/socket_pair.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { carryConnection } from "./carried_connection.ts";

const DATA = 0;
const ERROR = 1;

/** What a pod does with a connection. */
type Behaviour = (pod: PairedSocket) => void;

const say = (pod: PairedSocket, channel: number, text: string) =>
  pod.send(concat([new Uint8Array([channel]), encodeText(text)]));
/** Nobody listens. */
const refuses: Behaviour = (pod) => {
  say(pod, ERROR, "connection refused");
  pod.close();
};
/** Answers what it was sent. */
const echoes: Behaviour = (pod) =>
  pod.listen({
    onMessage: (data) => {
      const text = decodeText((data as Uint8Array).subarray(1));
      say(pod, DATA, `you said ${text}`);
      pod.close();
    },
    onClose: () => {},
  });
/** Takes what it is sent, and falls over. */
const dies: Behaviour = (pod) =>
  pod.listen({ onMessage: () => pod.close(), onClose: () => {} });

/** Somebody here who says something and listens. */
class Local {
  readonly heard: string[] = [];
  #words: Uint8Array[];
  #closed = Promise.withResolvers<void>();

  constructor(...words: string[]) {
    this.#words = words.map(encodeText);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const next = this.#words.shift();
    if (next) {
      buffer.set(next);
      return next.length;
    }
    await this.#closed.promise;
    return null;
  }

  write(data: Uint8Array): Promise<number> {
    this.heard.push(decodeText(data));
    return Promise.resolve(data.length);
  }

  close(): void {
    this.#closed.resolve();
  }
}

/** Carries a connection to pods that behave one after the other. */
async function carried(local: Local, behaviours: readonly Behaviour[]) {
  const host = new VirtualHost();
  const asked: string[] = [];
  const left = [...behaviours];
  Object.assign(host.net, {
    openSocket(url: string): ReturnType<Host["net"]["openSocket"]> {
      asked.push(new URL(url).pathname.split("/").at(-2)!);
      const [ours, pod] = socketPair();
      // First each channel says the port's number.
      for (const channel of [DATA, ERROR]) say(pod, channel, "\x90\x1f");
      left.shift()!(pod);
      return Promise.resolve(ours);
    },
  });
  let next = 0;
  const work = carryConnection(
    host,
    new HttpTransport(host, { server: "https://server.example" }),
    {
      stream: local as unknown as ByteStream,
      choose: () => ({ namespace: "default", pod: `web-${++next}`, port: 80 }),
      signal: new AbortController().signal,
    },
  );
  const failed = work.then(() => undefined, (error: Error) => error.message);
  await host.advance(10_000);
  assert.deepEqual(host.failures, []);
  return { asked, failed: await failed };
}

Deno.test("carryConnection() begins again at the next pod where nobody listens", async () => {
  const local = new Local("hello");
  const { asked, failed } = await carried(local, [refuses, refuses, echoes]);
  assert.equal(failed, undefined);
  assert.deepEqual(asked, ["web-1", "web-2", "web-3"]);
  assert.deepEqual(local.heard, ["you said hello"]);
});

Deno.test("carryConnection() does not say again what was taken", async () => {
  const local = new Local("pay 5");
  const { asked, failed } = await carried(local, [dies, echoes]);
  assert.equal(failed, undefined);
  assert.deepEqual(asked, ["web-1"]);
  assert.deepEqual(local.heard, []);
});

Deno.test("carryConnection() gives up in the node's words", async () => {
  const refusals = Array.from({ length: 100 }, () => refuses);
  const { asked, failed } = await carried(new Local("x"), refusals);
  assert.equal(failed, "connection refused");
  assert.ok(asked.length > 10);
});
