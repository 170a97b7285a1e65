import assert from "node:assert/strict";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { RegistryAway } from "../images/registry_away.ts";
import { type Runtime, RuntimeError } from "../runtime/runtime.ts";
import { ImageAccess } from "./image_access.ts";
import { ImagePuller, type PullAuth } from "./image_puller.ts";

const auth = (username: string, source?: string): PullAuth => ({
  username,
  password: "secret",
  ...(source !== undefined && { source }),
});

/** A registry that lets these users in; undefined is anybody. */
function bench(options: { users: (string | undefined)[]; present?: string[] }) {
  const host = new VirtualHost();
  const present = new Set(options.present);
  const pulls: (string | undefined)[] = [];
  const runtime = {
    imageStatus: (image: string) =>
      Promise.resolve(
        present.has(image)
          ? { imageRef: `ref:${image}`, sizeBytes: 7 }
          : undefined,
      ),
    pullImage: (image: string, { auth }: { auth?: PullAuth }) => {
      pulls.push(auth?.username);
      if (!options.users.includes(auth?.username)) {
        return Promise.reject(
          new RuntimeError("ErrImagePull", `no entry for ${auth?.username}`),
        );
      }
      present.add(image);
      return Promise.resolve({ imageRef: `ref:${image}` });
    },
  } as unknown as Runtime;
  /** A new agent each time: what it knows comes from the disk. */
  const ensure = (
    policy: "Always" | "IfNotPresent" | "Never",
    ...auths: PullAuth[]
  ) =>
    new ImagePuller(host, runtime, {
      access: new ImageAccess(host, { path: "/data/access.json" }),
    }).ensure("r/app:1", {
      policy,
      credentials: () => Promise.resolve(auths),
      signal: new AbortController().signal,
      onPull: () => {},
    });
  return { ensure, pulls, host };
}

Deno.test("ensure() tries credentials in turn, and tells of all when none is taken", async () => {
  const { ensure, pulls } = bench({ users: ["b"] });
  const { message } = await ensure("Always", auth("a"), auth("b"), auth("c"));
  assert.match(
    message,
    /^Successfully pulled image "r\/app:1" in .* \(.* including waiting\)\. Image size: 7 bytes\.$/,
  );
  assert.deepEqual(pulls, ["a", "b"]);
  await assert.rejects(ensure("Always", auth("x"), auth("y")), {
    reason: "ErrImagePull",
    message: "[no entry for x, no entry for y]",
  });
});

Deno.test("ensure() lets a pod have what is here, unless it came with credentials that the pod has not", async () => {
  const { ensure, pulls } = bench({ users: ["a", "b"] });
  await ensure("IfNotPresent", auth("a", "ns/one/1"));
  const here =
    'Container image "r/app:1" already present on machine and can be accessed by the pod';
  assert.equal((await ensure("Never", auth("a"))).message, here);
  const renewed = { ...auth("a", "ns/one/1"), password: "new" };
  assert.equal((await ensure("Never", renewed)).message, here);
  await assert.rejects(ensure("Never"), { reason: "ErrImageNeverPull" });
  await assert.rejects(ensure("IfNotPresent", auth("x")));
  await ensure("IfNotPresent", auth("b"));
  assert.equal((await ensure("Never", auth("b"))).message, here);
  assert.deepEqual(pulls, ["a", "x", "b"]);
});

Deno.test("ensure() opens an image to everybody once it came without credentials, or was here before", async () => {
  const { ensure, pulls } = bench({ users: ["a", undefined] });
  await ensure("IfNotPresent", auth("a"));
  await ensure("Always");
  await ensure("Never");
  assert.deepEqual(pulls, ["a", undefined]);
  const before = bench({ users: [], present: ["r/app:1"] });
  await before.ensure("Never");
  assert.deepEqual(before.pulls, []);
});

Deno.test("ensure() writes nothing where nobody uses credentials", async () => {
  const { ensure, host } = bench({ users: [undefined] });
  await ensure("IfNotPresent");
  await ensure("Always");
  await assert.rejects(host.disk.stat("/data/access.json"));
});

Deno.test("ensure() says in kubelet's words that an image is not there", async () => {
  const { ensure } = bench({ users: [] });
  await assert.rejects(ensure("Never"), {
    reason: "ErrImageNeverPull",
    message:
      'Container image "r/app:1" is not present with pull policy of Never',
  });
});

Deno.test("ensure() takes what is here when nobody can be asked about it, for who may have it", async () => {
  const { ensure, host } = bench({ users: ["a"] });
  await ensure("Always", auth("a"));
  const away = {
    imageStatus: () =>
      Promise.resolve({ imageRef: "ref:r/app:1", sizeBytes: 7 }),
    pullImage: () => Promise.reject(new RegistryAway("No contact")),
  } as unknown as Runtime;
  const again = (...auths: PullAuth[]) =>
    new ImagePuller(host, away, {
      access: new ImageAccess(host, { path: "/data/access.json" }),
    }).ensure("r/app:1", {
      policy: "Always",
      credentials: () => Promise.resolve(auths),
      signal: new AbortController().signal,
      onPull: () => {},
    });
  assert.deepEqual(await again(auth("a")), {
    imageRef: "ref:r/app:1",
    message:
      'Container image "r/app:1" already present on machine and can be accessed by the pod',
  });
  await assert.rejects(again(auth("b")), { message: "No contact" });
  await assert.rejects(again(), { message: "No contact" });
});

Deno.test("ensure() ends a pull with the last pod that waits for it, and begins anew for the next", async () => {
  const host = new VirtualHost();
  const signals: AbortSignal[] = [];
  const runtime = {
    imageStatus: () => Promise.resolve(undefined),
    pullImage: (_: string, { signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
  } as unknown as Runtime;
  const puller = new ImagePuller(host, runtime);
  const pods = [1, 2, 3].map(() => new AbortController());
  const ensure = (pod: AbortController) =>
    assert.rejects(
      puller.ensure("r/app:1", {
        policy: "Always",
        signal: pod.signal,
        onPull: () => {},
      }),
      /gone/,
    );
  const leave = (pod: AbortController) => pod.abort(new Error("gone"));
  const first = [ensure(pods[0]!), ensure(pods[1]!)];
  await new Promise((next) => setTimeout(next));
  leave(pods[0]!);
  await first[0];
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false]);
  leave(pods[1]!);
  await first[1];
  const later = ensure(pods[2]!);
  await new Promise((next) => setTimeout(next));
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false]);
  leave(pods[2]!);
  await later;
});
