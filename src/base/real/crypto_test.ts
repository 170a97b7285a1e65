import assert from "node:assert/strict";
import { encodeHex, encodeText } from "../bytes.ts";
import { RealCryptography } from "./crypto.ts";
import { RealRandom } from "./random.ts";

const CRYPTO = new RealCryptography(new RealRandom());

Deno.test("sha256() and hmacSha256() give the values of their standards", () => {
  assert.equal(
    encodeHex(CRYPTO.sha256("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assert.equal( // RFC 4231, test case 2
    encodeHex(
      CRYPTO.hmacSha256(encodeText("Jefe"), "what do ya want for nothing?"),
    ),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("hasher() comes to the digest of the whole when it gets it in pieces", () => {
  for (const algorithm of ["sha256", "sha512"] as const) {
    const hasher = CRYPTO.hasher(algorithm);
    for (const piece of ["a", "", "bc"]) hasher.update(encodeText(piece));
    assert.equal(
      encodeHex(hasher.digest()).slice(0, 16), // FIPS 180-4's example "abc"
      { sha256: "ba7816bf8f01cfea", sha512: "ddaf35a193617aba" }[algorithm],
    );
  }
});

Deno.test("equal() compares bytes of any lengths", () => {
  assert.ok(CRYPTO.equal(encodeText("abc"), encodeText("abc")));
  assert.ok(!CRYPTO.equal(encodeText("abc"), encodeText("abd")));
  assert.ok(!CRYPTO.equal(encodeText("abc"), encodeText("ab")));
});

Deno.test("verify() takes a signature of that key over those bytes alone", () => {
  const key = CRYPTO.generateKey();
  const data = encodeText("data");
  const signature = CRYPTO.sign(key.privatePem, data);
  assert.equal(signature.length, 64);
  assert.ok(CRYPTO.verify(key.publicPem, { data, signature }));
  const other = CRYPTO.generateKey().publicPem;
  assert.ok(!CRYPTO.verify(other, { data, signature }));
  assert.ok(
    !CRYPTO.verify(key.publicPem, { data: encodeText("date"), signature }),
  );
  assert.ok(
    !CRYPTO.verify(key.publicPem, { data, signature: signature.slice(1) }),
  );
  assert.ok(!CRYPTO.verify("nonsense", { data, signature }));
});

Deno.test("sign() makes what WebCrypto verifies", async () => {
  const pair = CRYPTO.generateKey();
  const der = Uint8Array.fromBase64(
    pair.publicPem.replaceAll(/-----.*?-----|\s/g, ""),
  );
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", der, algorithm, false, [
    "verify",
  ]);
  const data = encodeText("x");
  assert.ok(
    await crypto.subtle.verify(
      algorithm,
      key,
      CRYPTO.sign(pair.privatePem, data),
      data,
    ),
  );
});

Deno.test("open() gives back what seal() hid, with that key and those bytes alone", () => {
  const key = CRYPTO.sha256("key");
  const sealed = CRYPTO.seal(key, encodeText("secret"));
  assert.equal(sealed.length, 12 + 6 + 16);
  assert.deepEqual(CRYPTO.open(key, sealed), encodeText("secret"));
  assert.notDeepEqual(CRYPTO.seal(key, encodeText("secret")), sealed);
  const invalid = { name: "HostError", code: "invalid" };
  for (let i = 0; i < sealed.length; i++) {
    const damaged = sealed.slice();
    damaged[i]! ^= 1;
    assert.throws(() => CRYPTO.open(key, damaged), invalid);
  }
  assert.throws(() => CRYPTO.open(CRYPTO.sha256("other"), sealed), invalid);
  assert.throws(() => CRYPTO.open(key, sealed.slice(0, 20)), invalid);
  assert.throws(() => CRYPTO.seal(new Uint8Array(16), sealed), invalid);
});
