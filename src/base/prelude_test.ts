import assert from "node:assert/strict";
import { socketPair } from "../testing/socket_pair.ts";
import { SocketPrelude } from "./prelude.ts";

Deno.test("next() gives messages in order when they came before and after it was called", async () => {
  const [near, far] = socketPair();
  const prelude = new SocketPrelude(far);
  near.send("one");
  near.send("two");
  assert.equal(await prelude.next(), "one");
  assert.equal(await prelude.next(), "two");
  const third = prelude.next();
  near.send(new Uint8Array([3]));
  assert.deepEqual(await third, new Uint8Array([3]));
});

Deno.test("next() throws when the socket closes, but not before what came was read", async () => {
  const [near, far] = socketPair();
  const prelude = new SocketPrelude(far);
  near.send("last");
  near.close(4001, "refused");
  await Promise.resolve();
  assert.equal(await prelude.next(), "last");
  await assert.rejects(prelude.next(), {
    code: "closed",
    message: "Cannot read from the socket: closed with code 4001, refused",
  });
});

Deno.test("next() throws when the socket closes while it waits", async () => {
  const [near, far] = socketPair();
  const waiting = new SocketPrelude(far).next();
  near.break();
  await assert.rejects(waiting, { code: "closed" });
});

Deno.test("next() throws the signal's reason when it aborts, and loses no message by it", async () => {
  const [near, far] = socketPair();
  const prelude = new SocketPrelude(far);
  const abort = new AbortController();
  const waiting = prelude.next({ signal: abort.signal });
  abort.abort(new Error("too late"));
  await assert.rejects(waiting, /too late/);
  near.send("here");
  assert.equal(await prelude.next(), "here");
});

Deno.test("rest() passes on what was not read, what follows, and the end", async () => {
  const [near, far] = socketPair();
  const prelude = new SocketPrelude(far);
  near.send("handshake");
  near.send("first");
  assert.equal(await prelude.next(), "handshake");
  const seen: unknown[] = [];
  const rest = prelude.rest();
  rest.listen({
    onMessage: (data) => seen.push(data),
    onClose: (end) => seen.push(end),
  });
  assert.deepEqual(seen, ["first"]);
  near.send("second");
  near.close(1000, "bye");
  rest.send("not delivered");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen, ["first", "second", { code: 1000, reason: "bye" }]);
});

Deno.test("SocketPrelude closes the socket when a peer sends on without an answer", async () => {
  const [near, far] = socketPair();
  const prelude = new SocketPrelude(far);
  let end: unknown;
  near.listen({ onMessage() {}, onClose: (info) => end = info });
  for (let i = 0; i < 65; i++) near.send("x");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(end, {
    code: 4002,
    reason: "too many messages before the handshake ended",
  });
  assert.equal(await prelude.next(), "x");
});
