import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { encodeBase64Url, encodeText } from "../../src/base/bytes.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { PodTokens, type TokensOfPod, type TokenWish } from "./pod_tokens.ts";

const HOUR_MS = 3_600_000;
const POD: Pod = {
  metadata: { name: "a", namespace: "default", uid: "1" },
  spec: { containers: [] },
};
const WISH: TokenWish = { expirationSeconds: 3607 };

function token(number: number, lifeSeconds: number): string {
  const body = encodeText(
    JSON.stringify({ iat: 1000, exp: 1000 + lifeSeconds }),
  );
  return `head.${encodeBase64Url(body)}.${number}`;
}

/** Tokens of one pod, whose life is told by the test. */
function bench(known: TokensOfPod[] = [], host = new VirtualHost()) {
  const stop = new AbortController();
  const state = {
    up: true,
    fails: false,
    lifeSeconds: 3600,
    asked: 0,
    due: [] as string[],
    saved: [] as TokensOfPod[],
  };
  const tokens = new PodTokens(host, {
    known,
    request: (_pod, _wish) => {
      state.asked++;
      return state.fails
        ? Promise.reject(new Error("no"))
        : Promise.resolve(token(state.asked, state.lifeSeconds));
    },
    save: (saved) => state.saved.push(saved),
    onDue: (uid) => state.due.push(uid),
    isUp: () => state.up,
    signal: stop.signal,
  });
  return { host, tokens, state, stop };
}

Deno.test("PodTokens asks once, and again at 80 % of the token's life", async () => {
  const { host, tokens, state, stop } = bench();
  const [first, same] = await Promise.all([
    tokens.get(POD, WISH),
    tokens.get(POD, WISH),
  ]);
  assert.equal(first, same);
  assert.equal(state.asked, 1);
  await host.advance(0.79 * HOUR_MS);
  assert.equal(await tokens.get(POD, WISH), first);
  assert.deepEqual(state.due, []);
  await host.advance(0.02 * HOUR_MS);
  assert.deepEqual(state.due, ["1"]);
  assert.notEqual(await tokens.get(POD, WISH), first);
  assert.equal(state.asked, 2);
  stop.abort();
  assert.equal(host.timers, 0);
});

Deno.test("PodTokens renews after a day what lives for a year", async () => {
  const { host, tokens, state, stop } = bench();
  state.lifeSeconds = 365 * 24 * 3600;
  await tokens.get(POD, WISH);
  await host.advance(23.9 * HOUR_MS);
  assert.deepEqual(state.due, []);
  await host.advance(0.2 * HOUR_MS);
  assert.deepEqual(state.due, ["1"]);
  stop.abort();
});

Deno.test("PodTokens gives what it has, though expired, while there is no contact, and renews on contact", async () => {
  const before = bench();
  const first = await before.tokens.get(POD, WISH);
  const [saved] = before.state.saved;
  before.stop.abort();
  await before.host.advance(1000 * HOUR_MS);

  const { tokens, state, stop } = bench([saved!], before.host);
  state.up = false;
  assert.equal(await tokens.get(POD, WISH), first);
  assert.equal(state.asked, 0);
  state.up = true;
  tokens.connected();
  assert.deepEqual(state.due, ["1"]);
  await tokens.get(POD, WISH);
  assert.equal(state.asked, 1);
  state.due.length = 0;
  tokens.connected();
  assert.deepEqual(state.due, []);
  stop.abort();
});

Deno.test("PodTokens keeps the old token when the API refuses a new one, and tries again", async () => {
  const { host, tokens, state, stop } = bench();
  const first = await tokens.get(POD, WISH);
  await host.advance(HOUR_MS);
  state.fails = true;
  state.due.length = 0;
  assert.equal(await tokens.get(POD, WISH), first);
  await host.advance(60_000);
  assert.deepEqual(state.due, ["1"]);
  state.fails = false;
  assert.notEqual(await tokens.get(POD, WISH), first);
  tokens.forget("1");
  assert.equal(host.timers, 0);
  stop.abort();
});

Deno.test("PodTokens gives each audience and life a token of its own, and fails when there is none", async () => {
  const { tokens, state, stop } = bench();
  const plain = await tokens.get(POD, WISH);
  const vault = await tokens.get(POD, { ...WISH, audience: "vault" });
  assert.notEqual(plain, vault);
  assert.equal(state.saved.at(-1)!.tokens.length, 2);
  state.fails = true;
  await assert.rejects(
    tokens.get(POD, { ...WISH, audience: "other" }),
    /no/,
  );
  stop.abort();
});
