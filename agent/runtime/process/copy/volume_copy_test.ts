/** Copies to and from volumes, against real tar and against archives and volumes that want out. */
import assert from "node:assert/strict";
import {
  hostileTar,
  type TarEntry,
} from "../../../../tests/support/hostile_tar.ts";
import { CopyRig } from "./copy_rig.ts";

const NOBODY = 65534;
const IS_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;

/** Registers a test with a container's volumes. */
function volumeTest(
  name: string,
  fn: (rig: CopyRig) => Promise<void>,
  { root = false } = {},
): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux" || root && !IS_ROOT,
    fn: async () => {
      await using rig = await CopyRig.make();
      await fn(rig);
    },
  });
}

async function tar(...args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { stdout, stderr, code } = await new Deno.Command("tar", { args })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return stdout;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

volumeTest("copies in and out, whole and in their modes", async (rig) => {
  const source = rig.at("source");
  await Deno.mkdir(`${source}/tree/empty`, { recursive: true });
  await Deno.mkdir(`${source}/tree/deep/${"x".repeat(120)}`, {
    recursive: true,
  });
  const big = crypto.getRandomValues(new Uint8Array(60_000));
  await Deno.writeFile(`${source}/tree/deep/${"x".repeat(120)}/big`, big);
  await Deno.writeTextFile(`${source}/tree/run.sh`, "#!/bin/sh\n");
  await Deno.chmod(`${source}/tree/run.sh`, 0o4777);
  await Deno.symlink("run.sh", `${source}/tree/link`);
  assert.equal((await rig.run("test -d /data/tree")).exitCode, 1);
  const archive = await tar("-C", source, "-cf", "-", "tree");
  const sent = await rig.run("tar -xmf - -C /data", archive);
  assert.deepEqual([sent.exitCode, sent.errors], [0, ""]);
  for (const path of ["/data/tree", "/data", "/", "/data/tree/deep/.."]) {
    assert.equal((await rig.run(`test -d ${path}`)).exitCode, 0, path);
  }
  for (const path of ["/data/tree/run.sh", "/etc", "/data/none"]) {
    assert.equal((await rig.run(`test -d ${path}`)).exitCode, 1, path);
  }
  const there = await Deno.stat(rig.at("data/tree/run.sh"));
  assert.equal(there.mode! & 0o7777, 0o755, "as the umask leaves it");
  assert.equal(there.uid, IS_ROOT ? NOBODY : Deno.uid());
  const back = await rig.run("tar cf - /data/tree");
  assert.deepEqual([back.exitCode, back.errors], [0, ""]);
  await Deno.mkdir(rig.at("back"));
  await Deno.writeFile(rig.at("back.tar"), back.output);
  await tar("-C", rig.at("back"), "-xf", rig.at("back.tar"));
  const found = rig.at("back/data/tree");
  assert.deepEqual(
    await Deno.readFile(`${found}/deep/${"x".repeat(120)}/big`),
    big,
  );
  assert.ok((await Deno.stat(`${found}/empty`)).isDirectory);
  assert.equal(await Deno.readLink(`${found}/link`), "run.sh");
  // Taken up again in the middle, as by --retries.
  for (const from of [1, 512, 5000]) {
    const { output } = await rig.run("tar cf - /data/tree");
    const rest = await rig.run(`tar cf - /data/tree`);
    assert.equal(rest.output.length, output.length);
    const cut = await cutFrom(rig, from);
    assert.deepEqual(cut, output.slice(from - 1));
  }
});

async function cutFrom(rig: CopyRig, byte: number) {
  const seen: Uint8Array<ArrayBuffer>[] = [];
  const { copyVolumes } = await import("./volume_copy.ts");
  await copyVolumes(rig.host, {
    record: {
      config: {
        mounts: [{
          hostPath: rig.at("data"),
          containerPath: "/data",
          readOnly: false,
        }],
        security: { supplementalGroups: [] },
        // deno-lint-ignore no-explicit-any -- no more is looked at
      } as any,
      mounts: { folders: [], points: [], links: [] },
    },
    folder: rig.folder,
    pid: Deno.pid,
    kind: "WASM",
    command: { type: "pack", path: "/data/tree", offset: byte - 1 },
    streams: {
      stdout: new WritableStream({
        write: (chunk) => void seen.push(new Uint8Array(chunk)),
      }),
      tty: false,
      signal: AbortSignal.timeout(60_000),
    },
  });
  return await new Blob(seen).bytes();
}

volumeTest(
  "a volume in a volume is where the container has it",
  async (rig) => {
    const entries = [
      { name: "a", content: "outer" },
      { name: "inner/b", content: "inner" },
      { name: "./sub/c", content: "deep" },
    ];
    const { errors } = await rig.run("tar xf - -C /data", hostileTar(entries));
    assert.equal(errors, "");
    assert.equal(await Deno.readTextFile(rig.at("data/a")), "outer");
    assert.equal(await Deno.readTextFile(rig.at("inner/b")), "inner");
    assert.equal(await Deno.readTextFile(rig.at("data/sub/c")), "deep");
    const { output } = await rig.run("tar cf - /data");
    await Deno.writeFile(rig.at("all.tar"), output);
    const names = new TextDecoder().decode(
      await tar("-tf", rig.at("all.tar")),
    ).trim().split("\n");
    assert.deepEqual(names, [
      "data/",
      "data/a",
      "data/sub/",
      "data/sub/c",
      "data/inner/",
      "data/inner/b",
    ]);
  },
);

const HOSTILE: readonly (readonly [string, readonly TarEntry[], RegExp])[] = [
  [
    "a name with ..",
    [{ name: "../outside/x", content: "x" }],
    /contains '\.\.'/,
  ],
  [
    "a name with .. in its midst",
    [{ name: "a/../../outside/x", content: "x" }],
    /contains '\.\.'/,
  ],
  [
    "a link to elsewhere and a file through it",
    [
      { name: "out", type: "2", link: "../outside" },
      { name: "out/x", content: "x" },
    ],
    /leads out of the volume/,
  ],
  [
    "an absolute link",
    [{ name: "out", type: "2", link: "/etc" }],
    /leads out of the volume/,
  ],
  [
    "a link by way of folders that are there",
    [
      { name: "d", type: "5" },
      { name: "d/out", type: "2", link: "../../outside" },
    ],
    /leads out of the volume/,
  ],
  [
    "a hard link",
    [{ name: "hard", type: "1" as "0", link: "/etc/passwd" }],
    /is a hard link, refused/,
  ],
  ["a device", [{ name: "null", type: "3" as "0" }], /is a device, refused/],
  ["a block device", [{ name: "sda", type: "4" as "0" }], /is a device/],
  ["a named pipe", [{ name: "pipe", type: "6" as "0" }], /is a named pipe/],
  ["a member of an unknown kind", [{ name: "y", type: "V" as "0" }], /unknown/],
  [
    "a file in place of the volume",
    [{ name: "inner", content: "x" }],
    /Cannot replace a volume/,
  ],
  [
    "a file in place of a folder",
    [{ name: "dir", type: "5" }, { name: "dir", content: "x" }],
    /Is a directory/,
  ],
];

for (const [what, entries, why] of HOSTILE) {
  volumeTest(
    `${what} is refused, and what is well is unpacked`,
    async (rig) => {
      const archive = hostileTar([...entries, {
        name: "well",
        content: "well",
      }]);
      const { exitCode, errors } = await rig.run("tar xf - -C /data", archive);
      assert.equal(exitCode, 2);
      assert.match(errors, why);
      assert.match(errors, /^tar: /);
      assert.equal(await Deno.readTextFile(rig.at("data/well")), "well");
      assert.deepEqual([...Deno.readDirSync(rig.at("outside"))].length, 1);
      for (const { name, isFile } of Deno.readDirSync(rig.at("data"))) {
        assert.ok(!name.startsWith(".wherry"), name);
        assert.ok(isFile || ["d", "dir", "out"].includes(name), name);
      }
    },
  );
}

volumeTest(
  "an absolute name counts from the folder, as for tar",
  async (rig) => {
    const archive = hostileTar([{ name: "/etc/x", content: "x" }]);
    assert.equal((await rig.run("tar xf - -C /data", archive)).exitCode, 0);
    assert.equal(await Deno.readTextFile(rig.at("data/etc/x")), "x");
  },
);

volumeTest("links that the container has made lead nobody out", async (rig) => {
  await Deno.symlink("../outside", rig.at("data/out"));
  await Deno.symlink(rig.at("outside"), rig.at("data/abs"));
  await Deno.symlink(rig.at("outside/secret"), rig.at("data/file"));
  await Deno.symlink("loop", rig.at("data/loop"));
  for (const name of ["out", "abs"]) {
    const into = await rig.run(
      "tar xf - -C /data",
      hostileTar([{ name: `${name}/x`, content: "x" }]),
    );
    assert.equal(into.exitCode, 2);
    assert.match(into.errors, /leads out of the volume/);
    const below = await rig.run(
      `tar xf - -C /data/${name}`,
      hostileTar([{ name: "x", content: "x" }]),
    );
    assert.equal(below.exitCode, 2);
    const read = await rig.run(`tar cf - /data/${name}/secret`);
    assert.equal(read.exitCode, 2);
    assert.equal((await rig.run(`test -d /data/${name}`)).exitCode, 1);
    assert.doesNotMatch(new TextDecoder().decode(read.output), /node's/);
  }
  // A file in a link's place: what the link leads to stays as it was.
  await rig.run(
    "tar xf - -C /data",
    hostileTar([{ name: "file", content: "mine" }]),
  );
  assert.equal(
    await Deno.readTextFile(rig.at("outside/secret")),
    "the node's",
  );
  assert.equal(await Deno.readTextFile(rig.at("data/file")), "mine");
  assert.match(
    (await rig.run("tar cf - /data/loop/x")).errors,
    /Too many levels/,
  );
  const all = await rig.run("tar cf - /data");
  assert.equal(all.exitCode, 0);
  assert.doesNotMatch(new TextDecoder().decode(all.output), /node's/);
});

volumeTest("links that stay in their volume are followed", async (rig) => {
  await Deno.mkdir(rig.at("data/v1"));
  await Deno.chmod(rig.at("data/v1"), 0o777);
  await Deno.symlink("v1", rig.at("data/current"));
  await rig.run(
    "tar xf - -C /data/current",
    hostileTar([{ name: "x", content: "x" }]),
  );
  assert.equal(await Deno.readTextFile(rig.at("data/v1/x")), "x");
  const { output } = await rig.run("tar cf - /data/current/x");
  assert.match(new TextDecoder().decode(output), /^data\/current\/x/);
});

volumeTest(
  "a folder that is swapped for a link all the time lets nothing out or in",
  async (rig) => {
    await Deno.mkdir(rig.at("data/dir"));
    await Deno.symlink(rig.at("outside"), rig.at("data/evil"));
    const swapper = new Deno.Command("sh", {
      args: [
        "-c",
        'cd "$0"; while [ ! -e ../stop ]; do mv dir real; mv evil dir; mv dir evil; mv real dir; done',
        rig.at("data"),
      ],
      stderr: "null",
    }).spawn();
    try {
      let written = 0;
      let refused = 0;
      for (let i = 0; i < 100 || written * refused === 0 && i < 3000; i++) {
        const name = `dir/f${i}`;
        const into = await rig.run(
          "tar xf - -C /data",
          hostileTar([{ name, content: "x" }]),
        );
        if (into.exitCode === 0) written++;
        else refused++;
        const read = await rig.run("tar cf - /data/dir/secret");
        assert.doesNotMatch(new TextDecoder().decode(read.output), /node's/);
      }
      assert.deepEqual(
        [...Deno.readDirSync(rig.at("outside"))].map(({ name }) => name),
        ["secret"],
      );
      assert.ok(written > 0 && refused > 0, `${written} ${refused}`);
    } finally {
      await Deno.writeTextFile(rig.at("stop"), "");
      await swapper.status;
    }
  },
);

volumeTest("what is read-only stays as it is", async (rig) => {
  await Deno.writeTextFile(rig.at("config/key"), "value");
  const { exitCode, errors } = await rig.run(
    "tar xf - -C /config",
    hostileTar([{ name: "key", content: "other" }]),
  );
  assert.equal(exitCode, 2);
  assert.match(errors, /Read-only file system/);
  assert.equal(await Deno.readTextFile(rig.at("config/key")), "value");
  assert.equal((await rig.run("tar cf - /config/key")).exitCode, 0);
});

volumeTest("what is in no volume is said to be so", async (rig) => {
  for (const path of ["/etc/passwd", "/", "/database"]) {
    const { exitCode, errors } = await rig.run(`tar cf - ${path}`);
    assert.equal(exitCode, 2);
    assert.match(
      errors,
      /not in a volume, and of a WASM container only volumes can be copied to and from: it has \/data, \/data\/inner, \/config/,
    );
  }
  const { errors } = await rig.run(
    "tar xf - -C /",
    hostileTar([{ name: "x", content: "x" }]),
  );
  assert.match(errors, /\/: not in a volume/);
  const missing = await rig.run("tar cf - /data/none");
  assert.equal(
    missing.errors,
    "tar: /data/none: Cannot stat: No such file or directory\n",
  );
  assert.equal(missing.exitCode, 2);
});

volumeTest("pipes and sockets of the container hold nobody up", async (rig) => {
  await new Deno.Command("mkfifo", { args: [rig.at("data/pipe")] }).output();
  using _listener = Deno.listen({
    transport: "unix",
    path: rig.at("data/socket"),
  });
  await Deno.writeTextFile(rig.at("data/well"), "well");
  const { errors, output } = await rig.run("tar cf - /data");
  assert.match(errors, /pipe: fifo ignored/);
  assert.match(errors, /socket: socket ignored/);
  assert.match(new TextDecoder().decode(output), /data\/well/);
});

volumeTest("a broken archive is told of, and leaves no draft", async (rig) => {
  const archive = hostileTar([{ name: "x", content: "x".repeat(5000) }]);
  const cut = await rig.run("tar xf - -C /data", archive.slice(0, 3000));
  assert.equal(cut.exitCode, 2);
  assert.match(cut.errors, /ends too early/);
  assert.deepEqual([...Deno.readDirSync(rig.at("data"))], []);
  const nonsense = await rig.run(
    "tar xf - -C /data",
    new TextEncoder().encode("nonsense ".repeat(200)),
  );
  assert.match(nonsense.errors, /does not look like one/);
});

volumeTest("a session that is over leaves no draft", async (rig) => {
  const archive = hostileTar([{ name: "x", content: "x".repeat(5000) }]);
  const stop = new AbortController();
  const copying = rig.run(
    "tar xf - -C /data",
    (async function* () {
      yield archive.slice(0, 3000);
      stop.abort(new Error("The client left"));
      yield archive.slice(3000);
    })(),
    { signal: stop.signal },
  );
  await assert.rejects(copying, /The client left/);
  assert.deepEqual([...Deno.readDirSync(rig.at("data"))], []);
});

volumeTest(
  "a file larger than the disk is refused before it is written",
  async (rig) => {
    const [header] = [hostileTar([{ name: "huge" }]).slice(0, 512)];
    header!.set(new TextEncoder().encode("77777777777\0"), 124);
    const sum = header!.reduce(
      (total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte),
      0,
    );
    header!.set(
      new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `),
      148,
    );
    // Eight GiB: more than some disks have free, and less than others.
    const { availableBytes } = await rig.host.disk.space(rig.at("data"));
    const { errors } = await rig.run("tar xf - -C /data", header);
    assert.match(
      errors,
      availableBytes < 8 * 2 ** 30 ? /No space left/ : /ends too early/,
    );
    assert.deepEqual([...Deno.readDirSync(rig.at("data"))], []);
  },
);

volumeTest("the container's user has the rights that it has", async (rig) => {
  const secret = rig.at("data/roots");
  await Deno.mkdir(secret);
  await Deno.writeTextFile(`${secret}/key`, "private");
  await Deno.chmod(`${secret}/key`, 0o600);
  await Deno.mkdir(rig.at("data/closed"), { mode: 0o700 });
  await Deno.writeTextFile(rig.at("data/closed/x"), "private");
  const put = hostileTar([{ name: "roots/new", content: "x" }]);
  for (const command of ["tar xf - -C /data", "tar xf - -C /data/closed"]) {
    const { exitCode, errors } = await rig.run(command, put);
    assert.equal(exitCode, 2);
    assert.match(errors, /Permission denied/);
  }
  const { errors, output } = await rig.run("tar cf - /data");
  assert.match(errors, /\/data\/roots\/key: Cannot open: Permission denied/);
  assert.match(errors, /\/data\/closed: Cannot open: Permission denied/);
  assert.doesNotMatch(new TextDecoder().decode(output), /private/);
  // In a folder like /tmp nobody replaces another's file.
  await Deno.mkdir(rig.at("data/tmp"));
  await Deno.chmod(rig.at("data/tmp"), 0o1777);
  await Deno.writeTextFile(rig.at("data/tmp/roots"), "root's");
  const replaced = await rig.run(
    "tar xf - -C /data/tmp",
    hostileTar([{ name: "roots", content: "x" }, {
      name: "own",
      content: "x",
    }]),
  );
  assert.match(replaced.errors, /Operation not permitted/);
  assert.ok(exists(rig.at("data/tmp/own")));
  // Its groups count, and a folder's group goes on to what is made in it.
  await Deno.mkdir(rig.at("data/shared"));
  await Deno.chown(rig.at("data/shared"), 0, 4242);
  await Deno.chmod(rig.at("data/shared"), 0o2770);
  assert.equal(
    (await rig.run("tar xf - -C /data/shared", put)).exitCode,
    2,
  );
  rig.security = {
    runAsUser: 1000,
    runAsGroup: 1000,
    supplementalGroups: [4242],
  };
  assert.equal((await rig.run("tar xf - -C /data/shared", put)).errors, "");
  const made = await Deno.stat(rig.at("data/shared/roots/new"));
  assert.deepEqual([made.uid, made.gid], [1000, 4242]);
  const folder = await Deno.stat(rig.at("data/shared/roots"));
  assert.deepEqual([folder.uid, folder.gid], [1000, 4242]);
  assert.equal(folder.mode! & 0o7777, 0o2755);
}, { root: true });

volumeTest(
  "copies where the container's root has a volume, whatever its name",
  async (rig) => {
    await Deno.writeTextFile(rig.at("data/own"), "own");
    // As with a mount at "/usr/lib/x", whose own name is among the machine's libraries.
    const folders = ["data", "inner", "config"].map((name) => ({
      from: rig.at(name),
      to: name,
      readOnly: false,
    }));
    rig.mounts = { folders, points: [], links: [], rootTable: "" };
    const { errors, output } = await rig.run("tar cf - /data/own");
    assert.equal(errors, "");
    assert.match(new TextDecoder().decode(output), /own/);
  },
  { root: true },
);
