import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { testWith } from "../../src/testing/needs.ts";
import { type LocalVolumeRequest, setUpLocal } from "./local_volume.ts";

function podWith(
  uid: string,
  fsGroupChangePolicy?: "OnRootMismatch" | "Always",
): Pod {
  return {
    metadata: { name: uid, namespace: "default", uid },
    spec: {
      containers: [],
      securityContext: {
        ...(fsGroupChangePolicy && { fsGroupChangePolicy }),
      },
    },
  };
}

async function withFolder(
  use: (bench: {
    path: string;
    setUp: (pod: Pod, more?: Partial<LocalVolumeRequest>) => Promise<void>;
    gone: (uid: string) => Promise<void>;
    file: () => { gid: number | null; mode: number };
  }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  const path = `${folder}/disk`;
  const podsDir = `${folder}/pods`;
  await Deno.mkdir(path);
  await Deno.writeTextFile(`${path}/file`, "x", { mode: 0o600 });
  try {
    await use({
      path,
      setUp: (pod, more) =>
        setUpLocal(host, {
          ...{ path, pod, podsDir },
          name: "pv",
          readOnly: false,
          ...more,
        }),
      gone: (uid) => Deno.remove(`${podsDir}/${uid}`, { recursive: true }),
      file: () => {
        const { gid, mode } = Deno.statSync(`${path}/file`);
        return { gid, mode: mode! & 0o777 };
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testWith("setUpLocal() gives the folder to the group of the first pod, once", {
  needs: ["root"],
  fn: () =>
    withFolder(async ({ setUp, gone, file, path }) => {
      await setUp(podWith("u1"), { fsGroup: 5000 });
      assert.deepEqual(file(), { gid: 5000, mode: 0o660 });
      await Deno.chmod(`${path}/file`, 0o600);
      // The same pod's next mount, and another pod beside it, find it as it is.
      await setUp(podWith("u1"), { fsGroup: 5000 });
      await setUp(podWith("u2"), { fsGroup: 6000 });
      assert.deepEqual(file(), { gid: 5000, mode: 0o600 });
      await gone("u1");
      await gone("u2");
      await setUp(podWith("u3"), { fsGroup: 6000 });
      assert.deepEqual(file(), { gid: 6000, mode: 0o660 });
    }),
});

testWith("setUpLocal() looks at the folder alone with OnRootMismatch", {
  needs: ["root"],
  fn: () =>
    withFolder(async ({ setUp, gone, file, path }) => {
      const pod = podWith("u1", "OnRootMismatch");
      await setUp(pod, { fsGroup: 5000 });
      assert.equal(file().gid, 5000);
      await gone("u1");
      await Deno.chown(`${path}/file`, null, 0);
      await setUp(pod, { fsGroup: 5000 });
      assert.equal(file().gid, 0);
      await gone("u1");
      await Deno.chmod(path, 0o700); // the group may not enter any more
      await setUp(pod, { fsGroup: 5000 });
      assert.equal(file().gid, 5000);
    }),
});

testWith(
  "setUpLocal() leaves what is only read, or belongs to no group, as it is",
  {
    needs: ["root"],
    fn: () =>
      withFolder(async ({ setUp, file }) => {
        const { gid } = file();
        await setUp(podWith("u1"), { fsGroup: 5000, readOnly: true });
        await setUp(podWith("u2"));
        assert.deepEqual(file(), { gid, mode: 0o600 });
      }),
  },
);

Deno.test("setUpLocal() refuses a folder that is not there, or by a way back", () =>
  withFolder(async ({ setUp, path }) => {
    await assert.rejects(setUp(podWith("u"), { path: `${path}/none` }), {
      message: `path "${path}/none" does not exist`,
    });
    await assert.rejects(setUp(podWith("u"), { path: `${path}/../x` }), {
      message: `invalid path: ${path}/../x must not contain '..'`,
    });
  }));
