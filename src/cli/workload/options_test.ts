import assert from "node:assert/strict";
import {
  envFileWords,
  readEnv,
  readEnvFrom,
  readPairs,
  readPort,
  readVolume,
} from "./options.ts";

Deno.test("readPort() reads the service's port and the container's", () => {
  assert.deepEqual(readPort("8080"), { port: 8080, containerPort: 8080 });
  assert.deepEqual(readPort("80:8080", 30080), {
    port: 80,
    containerPort: 8080,
    nodePort: 30080,
  });
  for (const text of ["", "0", "65536", "a", "1:2:3", ":80", "80:"]) {
    assert.throws(() => readPort(text), { message: /^--port must be/ }, text);
  }
});

Deno.test("readPairs() takes words with commas, the last value wins", () => {
  assert.deepEqual(readPairs("--labels", ["a=b,c=d=e", "a=x"]), {
    a: "x",
    c: "d=e",
  });
  assert.throws(() => readPairs("--labels", ["a"]), {
    message: '--labels must be NAME=VALUE, not "a"',
  });
});

Deno.test("readEnv() takes what has no value from here", () => {
  const own = (name: string) => name === "HOME" ? "/home/me" : undefined;
  assert.deepEqual(readEnv(["A=1=2", "B=", "HOME"], own), [
    { name: "A", value: "1=2" },
    { name: "B", value: "" },
    { name: "HOME", value: "/home/me" },
  ]);
  assert.throws(() => readEnv(["NONE"], own), { message: /no such variable/ });
  assert.throws(() => readEnv(["=x"], own), { message: /must be NAME=VALUE/ });
});

Deno.test("envFileWords() leaves comments and empty lines out", () => {
  assert.deepEqual(
    envFileWords("\uFEFF# one\r\nA=1\r\n\n  B= two # kept\nC\n"),
    ["A=1", "B= two # kept", "C"],
  );
});

Deno.test("readEnvFrom() and readVolume() refuse what they do not know", () => {
  assert.deepEqual(readEnvFrom(["secret/a", "configmap/b"]), [
    { secretRef: { name: "a" } },
    { configMapRef: { name: "b" } },
  ]);
  assert.throws(() => readEnvFrom(["a"]), { message: /^--env-from must be/ });
  assert.deepEqual(readVolume("/data:/in:ro", 0), {
    volume: { name: "volume-1", hostPath: { path: "/data" } },
    mount: { name: "volume-1", mountPath: "/in", readOnly: true },
  });
  assert.deepEqual(readVolume("secret/keys:/keys", 1), {
    volume: { name: "volume-2", secret: { secretName: "keys" } },
    mount: { name: "volume-2", mountPath: "/keys" },
  });
  for (const word of ["data:/in", "/data", "/data:in", "box/a:/in"]) {
    assert.throws(() => readVolume(word, 0), { message: /^-v must be/ }, word);
  }
});
