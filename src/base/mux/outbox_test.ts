import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import type { MessageSocket } from "../host.ts";
import { Outbox, type Sender } from "./outbox.ts";

/** A socket that sends so many bytes a millisecond. */
class SlowSocket implements MessageSocket {
  readonly protocol = "";
  readonly sizes: number[] = [];
  readonly #host: VirtualHost;
  readonly #bytesPerMs: number;
  #sentBytes = 0;
  #doneMs = 0;

  constructor(host: VirtualHost, bytesPerMs: number) {
    this.#host = host;
    this.#bytesPerMs = bytesPerMs;
  }

  get bufferedBytes(): number {
    const leftMs = this.#doneMs - this.#host.clock.monotonicMs();
    return Math.max(0, Math.round(leftMs * this.#bytesPerMs));
  }

  /** How long what was sent now would have to wait. */
  get delayMs(): number {
    return this.bufferedBytes / this.#bytesPerMs;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  send(data: string | Uint8Array): void {
    const nowMs = this.#host.clock.monotonicMs();
    this.sizes.push(data.length);
    this.#sentBytes += data.length;
    this.#doneMs = Math.max(nowMs, this.#doneMs) +
      data.length / this.#bytesPerMs;
  }

  listen(): void {}
  close(): void {}
}

/** A stream that always has more. */
function bulk(limits: number[]): Sender {
  return {
    take(limitBytes) {
      limits.push(limitBytes);
      return new Uint8Array(Math.min(limitBytes, 16 * 1024));
    },
  };
}

function never(): void {
  assert.fail("The link should go on");
}

for (const bytesPerMs of [12.5, 1_250, 12_511.7, 1_000_000]) {
  Deno.test(`Outbox keeps a socket of ${bytesPerMs} bytes a millisecond busy, with whole bytes and little delay`, async () => {
    const host = new VirtualHost();
    const socket = new SlowSocket(host, bytesPerMs);
    // real clocks tell fractions of a millisecond
    const clock = {
      ...host.clock,
      monotonicMs: () => host.clock.monotonicMs() * 1.1,
    };
    const outbox = new Outbox(clock, socket, never);
    const limits: number[] = [];
    outbox.ready(bulk(limits));
    await host.advance(50); // it learns the speed
    const before = socket.sentBytes;
    let longestMs = 0;
    for (let i = 0; i < 100; i++) {
      await host.advance(1);
      longestMs = Math.max(longestMs, socket.delayMs);
    }
    assert.ok(limits.every(Number.isInteger), "a part of a byte");
    // at least half of what the socket could do, as far as the cap lets it
    const rate = (socket.sentBytes - before + 64 * 1024) / 100;
    assert.ok(rate >= Math.min(bytesPerMs, 500_000) / 2, `${rate} bytes a ms`);
    // what lies in the socket is the least that is allowed, or about ten milliseconds' worth
    assert.ok(
      longestMs <= Math.max(30, 50_000 / bytesPerMs),
      `${longestMs} ms of delay`,
    );
    outbox.close();
  });
}

Deno.test("Outbox sends what is urgent before data that waits", async () => {
  const host = new VirtualHost();
  const socket = new SlowSocket(host, 1);
  const outbox = new Outbox(host.clock, socket, never);
  outbox.ready(bulk([]));
  await host.settle();
  const before = socket.sizes.length;
  outbox.urgent(new Uint8Array(3));
  await host.settle();
  assert.deepEqual(socket.sizes.slice(before), [3]);
  outbox.close();
});

Deno.test("close() sends what is urgent, and nothing after it", async () => {
  const host = new VirtualHost();
  const socket = new SlowSocket(host, 1);
  const outbox = new Outbox(host.clock, socket, never);
  outbox.urgent(new Uint8Array(3));
  outbox.ready(bulk([]));
  outbox.close();
  outbox.urgent(new Uint8Array(4));
  outbox.ready(bulk([]));
  await host.settle();
  assert.deepEqual(socket.sizes, [3]);
});
