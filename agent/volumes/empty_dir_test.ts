import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { testWith } from "../../src/testing/needs.ts";
import { type EmptyDirRequest, setUpEmptyDir } from "./empty_dir.ts";
import { type MountEntry, Mounts, type MountWish } from "./mounts.ts";

/** Mounts that are noted, not made. */
class NotedMounts extends Mounts {
  readonly made: MountWish[] = [];
  there: MountEntry | undefined;

  override at(): Promise<MountEntry | undefined> {
    return Promise.resolve(this.there);
  }

  override mount(wish: MountWish): Promise<void> {
    this.made.push(wish);
    return Promise.resolve();
  }
}

function podWith(
  containers: readonly {
    limits?: Record<string, string>;
    requests?: Record<string, string>;
  }[],
): Pod {
  return {
    metadata: { name: "p", namespace: "default", uid: "u" },
    spec: {
      containers: containers.map((resources, i) => ({
        name: `c${i}`,
        image: "x",
        resources,
      })),
    },
  };
}

async function withFolder(
  use: (bench: {
    folder: string;
    mounts: NotedMounts;
    setUp: (request: Partial<EmptyDirRequest>) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  const mounts = new NotedMounts(host);
  try {
    await use({
      folder,
      mounts,
      setUp: (request) =>
        setUpEmptyDir(host, {
          path: `${folder}/v`,
          pod: podWith([{}]),
          source: {},
          memoryBytes: 1000,
          mounts,
          ...request,
        }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("setUpEmptyDir() makes a folder for everybody, once", () =>
  withFolder(async ({ folder, setUp }) => {
    // A start that was cut off left an unready one.
    await Deno.mkdir(`${folder}/v.new`, { mode: 0o700 });
    await setUp({});
    const mode = () => Deno.statSync(`${folder}/v`).mode! & 0o7777;
    assert.equal(mode(), 0o777);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), [
      "v",
    ]);
    // Databases take the rights of others away: they stay away.
    await Deno.chmod(`${folder}/v`, 0o700);
    await Deno.writeTextFile(`${folder}/v/file`, "kept");
    await setUp({});
    assert.equal(mode(), 0o700);
    assert.equal(await Deno.readTextFile(`${folder}/v/file`), "kept");
  }));

testWith("setUpEmptyDir() gives the folder to the pod's group", {
  needs: ["root"],
  fn: () =>
    withFolder(async ({ folder, setUp }) => {
      await setUp({ fsGroup: 4242 });
      const { gid, mode } = await Deno.stat(`${folder}/v`);
      assert.deepEqual([gid, mode! & 0o7777], [4242, 0o2777]);
    }),
});

Deno.test("setUpEmptyDir() mounts memory of the least size that is set: the node's, the pod's or its own", () =>
  withFolder(async ({ mounts, setUp }) => {
    const source = { medium: "Memory" };
    const limited = podWith([
      { limits: { memory: "100" } },
      { limits: { memory: "200" } },
    ]);
    const halfLimited = podWith([{ limits: { memory: "100" } }, {}]);
    await setUp({ source });
    await setUp({ source, pod: limited });
    await setUp({ source, pod: halfLimited });
    await setUp({ source: { ...source, sizeLimit: "50" }, pod: limited });
    await setUp({ source: { ...source, sizeLimit: "2000" }, fsGroup: 7 });
    assert.deepEqual(mounts.made.map(({ options }) => options.join(",")), [
      "size=1000,mode=777,noswap",
      "size=300,mode=777,noswap",
      "size=1000,mode=777,noswap",
      "size=50,mode=777,noswap",
      "size=1000,mode=2777,gid=7,noswap",
    ]);
    mounts.there = { path: "/", type: "tmpfs", options: [] };
    await setUp({ source });
    assert.equal(mounts.made.length, 5);
  }));

Deno.test("setUpEmptyDir() mounts huge pages of the size that the pod asks for, or says what is wrong", () =>
  withFolder(async ({ mounts, setUp }) => {
    const asking = (...sizes: string[]) =>
      podWith(
        sizes.map((size) => ({ requests: { [`hugepages-${size}`]: "4Mi" } })),
      );
    await setUp({ source: { medium: "HugePages" }, pod: asking("2Mi", "2Mi") });
    await setUp({
      source: { medium: "HugePages-1Gi" },
      pod: asking("2Mi", "1Gi"),
    });
    assert.deepEqual(
      mounts.made.map(({ type, options }) => [type, ...options]),
      [
        ["hugetlbfs", "pagesize=2Mi", "mode=777"],
        ["hugetlbfs", "pagesize=1Gi", "mode=777"],
      ],
    );
    await assert.rejects(
      setUp({ source: { medium: "HugePages" }, pod: asking("2Mi", "1Gi") }),
      {
        message:
          "medium: HugePages can't be used if container requests multiple huge page sizes",
      },
    );
    for (const medium of ["HugePages", "HugePages-2Mi"]) {
      await assert.rejects(setUp({ source: { medium }, pod: podWith([{}]) }), {
        message:
          `medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`,
      });
    }
    await assert.rejects(setUp({ source: { medium: "Paper" } }), {
      message: 'unknown storage medium "Paper"',
    });
  }));

Deno.test("setUpEmptyDir() refuses memory where it may not mount", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  await assert.rejects(
    setUpEmptyDir(host, {
      path: "/nowhere",
      pod: podWith([{}]),
      source: { medium: "Memory" },
      memoryBytes: 1,
    }),
    /needs mounts, and this agent runs as an ordinary user/,
  );
});
