import { notStrictEqual, strictEqual } from "node:assert/strict";
import { SeededRandom } from "./seeded_random.ts";
import { SimCryptography } from "./sim_crypto.ts";

const crypto = (seed: number) =>
  new SimCryptography(new SeededRandom(seed, "keys"));

Deno.test("SimCryptography.generateKey() repeats with the seed and differs between seeds", () => {
  const key = crypto(1).generateKey();
  strictEqual(crypto(1).generateKey().privatePem, key.privatePem);
  notStrictEqual(crypto(2).generateKey().privatePem, key.privatePem);
});

Deno.test("SimCryptography.generateKey() makes keys that sign and verify, the same way each time", () => {
  const one = crypto(1);
  const key = one.generateKey();
  const data = new TextEncoder().encode("hello");
  const signature = one.sign(key.privatePem, data);
  strictEqual(one.verify(key.publicPem, { data, signature }), true);
  signature[0]! ^= 1;
  strictEqual(one.verify(key.publicPem, { data, signature }), false);
  strictEqual(
    one.sign(key.privatePem, data).join(),
    one.sign(key.privatePem, data).join(),
  );
});
