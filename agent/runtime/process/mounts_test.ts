import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { RuntimeError } from "../runtime.ts";
import { planMounts, prepareMounts } from "./mounts.ts";

function test(
  name: string,
  fn: (
    plan: (
      mounts: [from: string, to: string, readOnly: boolean][],
      isRoot: boolean,
    ) => ReturnType<typeof planMounts>,
    folder: string,
    host: ReturnType<typeof makeRealHost>,
  ) => Promise<void>,
): void {
  Deno.test(name, async () => {
    using host = makeRealHost();
    const folder = await Deno.makeTempDir({ prefix: "wherry-mounts-" });
    try {
      await Deno.mkdir(`${folder}/a b`);
      await Deno.writeTextFile(`${folder}/a b/file`, "content");
      await Deno.symlink(`${folder}/a b`, `${folder}/link`);
      await fn(
        (mounts, isRoot) =>
          planMounts(host, {
            isRoot,
            folder: `${folder}/mnt`,
            mounts: mounts.map(([hostPath, containerPath, readOnly]) => ({
              hostPath: `${folder}/${hostPath}`,
              containerPath,
              readOnly,
            })),
          }),
        folder,
        host,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

test(
  "planMounts() binds folders and files to numbered places when it is root",
  async (plan, folder) => {
    const made = await plan([["a b", "/data", true], [
      "a b/file",
      "/etc/one",
      false,
    ]], true);
    assert.deepEqual(made.folders, [
      { from: "/proc/self/fd/9/0", to: "/data", readOnly: true },
      { from: "/proc/self/fd/9/1", to: "/etc", readOnly: false },
    ]);
    assert.deepEqual(made.points, [
      { name: "0", isFile: false },
      { name: "1/one", isFile: true },
    ]);
    assert.equal(
      made.table,
      `${folder}/a\\040b ${folder}/mnt/0 none bind,ro 0 0\n` +
        `${folder}/a\\040b/file ${folder}/mnt/1/one none bind 0 0\n`,
    );
  },
);

test(
  "planMounts() grants the folders themselves and links files when it is not root",
  async (plan, folder, host) => {
    const made = await plan([["link", "/data", false], [
      "a b/file",
      "/etc/one",
      false,
    ]], false);
    assert.equal(made.table, undefined);
    assert.deepEqual(made.folders, [
      { from: `${folder}/link`, to: "/data", readOnly: false },
      { from: `${folder}/mnt/1`, to: "/etc", readOnly: false },
    ]);
    await prepareMounts(host, made, `${folder}/mnt`);
    assert.equal(await Deno.readTextFile(`${folder}/mnt/1/one`), "content");
  },
);

test(
  "planMounts() makes one folder of the files that are mounted into it",
  async (plan, folder, host) => {
    for (const isRoot of [true, false]) {
      const made = await plan([
        ["a b/file", "/etc/one", false],
        ["a b", "/data", false],
        ["a b/file", "/etc/two", false],
      ], isRoot);
      assert.deepEqual(made.folders.map(({ to }) => to), ["/etc", "/data"]);
      const names = isRoot ? made.points : made.links;
      assert.deepEqual(
        names.map(({ name }) => name).filter((name) => name.includes("/")),
        ["0/one", "0/two"],
      );
      await prepareMounts(host, made, `${folder}/mnt${isRoot}`);
    }
  },
);

test(
  "planMounts() refuses read-only where nothing would hold it, but for what is made for the pod alone",
  async (plan, folder) => {
    await assert.rejects(
      plan([["a b", "/data", true]], false),
      (error) =>
        error instanceof RuntimeError &&
        /^Can not mount "\/data" read-only: .*no user namespaces$/.test(
          error.message,
        ),
    );
    const own = "pods/u/volumes/kubernetes.io~configmap/token";
    await Deno.mkdir(`${folder}/${own}`, { recursive: true });
    const { folders } = await plan([[own, "/token", true]], false);
    assert.equal(folders[0]?.readOnly, true);
  },
);

test("planMounts() throws CreateContainerError when there is no such file", async (plan) => {
  await assert.rejects(
    plan([["nowhere", "/data", false]], true),
    (error) =>
      error instanceof RuntimeError && error.reason === "CreateContainerError",
  );
});

test("planMounts() plans nothing when there are no mounts", async (plan) => {
  assert.deepEqual(await plan([], true), {
    folders: [],
    points: [],
    links: [],
  });
});

Deno.test("planMounts() refuses what a guest cannot have", async () => {
  using host = makeRealHost();
  const folder = await Deno.makeTempDir({ prefix: "wherry-mounts-" });
  const plan = (hostPath: string, more = {}) =>
    planMounts(host, {
      isRoot: true,
      folder: `${folder}/mnt`,
      mounts: [{ hostPath, containerPath: "/x", readOnly: false, ...more }],
    });
  try {
    using _socket = Deno.listen({
      transport: "unix",
      path: `${folder}/socket`,
    });
    await assert.rejects(plan(`${folder}/socket`), /it is a socket, and a/);
    await assert.rejects(plan("/dev/null"), /it is a char device, and a/);
    for (const propagation of ["HostToContainer", "Bidirectional"]) {
      await assert.rejects(plan(folder, { propagation }), {
        reason: "CreateContainerError",
        message:
          `Can not mount "${folder}" with propagation "${propagation}": a guest has no mounts of its own`,
      });
    }
    await plan(folder, { propagation: "None" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
