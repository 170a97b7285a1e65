import assert from "node:assert/strict";
import { HostError } from "../../../src/base/host.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { testWith } from "../../../src/testing/needs.ts";
import { PROGRAMS, sourceDigest } from "../../../tools/build_native.ts";
import { RuntimeError } from "../runtime.ts";
import { environmentFile } from "./environment_file.ts";
import { GuestRoots } from "./guest_root.ts";

/** A guest whom Deno lets do everything: what holds it is the kernel. */
const GUEST = `
const attempt = async (what, act) => {
  try {
    console.log(what, await act() ?? "done");
  } catch (error) {
    console.log(what, error.name, /os error (\\d+)/.exec(error.message)?.[1] ?? "");
  }
};
const names = (path) => [...Deno.readDirSync(path)].map(({ name }) => name).sort().join();
const [victim] = Deno.args;
await attempt("root", () => names("/"));
await attempt("programs", () => names("/usr/bin"));
await attempt("passwords", () => Deno.readTextFileSync("/etc/shadow"));
await attempt("processes", () => names("/proc/self"));
await attempt("new file", () => Deno.writeTextFileSync("/new", ""));
await attempt("library", () => Deno.writeTextFileSync("/usr/lib/new", ""));
await attempt("data", () => Deno.readTextFileSync("/data/one"));
await attempt("write data", () => Deno.writeTextFileSync("/data/two", "2"));
await attempt("still", () => Deno.readTextFileSync("/still/one"));
await attempt("write still", () => Deno.writeTextFileSync("/still/two", "2"));
await attempt("link out", () => Deno.readTextFileSync("/data/out/hostname"));
await attempt("shell", () => new Deno.Command("/bin/sh", { stdin: "inherit" }).outputSync());
await attempt("code of a volume", () => {
  const places = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib"];
  const place = places.find((folder) => {
    try { return Deno.statSync(folder + "/libc.so.6"); } catch { return false; }
  });
  Deno.copyFileSync(place + "/libc.so.6", "/data/code.so");
  try {
    Deno.dlopen("/data/code.so", { getpid: { parameters: [], result: "i32" } });
  } catch (error) {
    return /failed to map segment/.exec(error.message)?.[0] ?? error.message;
  }
});
await attempt("signal", () => Deno.kill(Number(victim), "SIGKILL"));
await attempt("signal to all", () => Deno.kill(-1, "SIGKILL"));
await attempt("signals of sockets", () => {
  const { symbols: { socket, ioctl, fcntl } } = Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
    fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  });
  const file = socket(1, 1, 0);
  const owner = new Int32Array([Number(victim)]);
  return [0x8901, 0x8902].map((how) => ioctl(file, how, owner)) + " " + fcntl(file, 10, 9);
});
await attempt("own signal", () => Deno.kill(Deno.pid, "SIGCONT"));
await attempt("host's socket", () => Deno.connect({ transport: "vsock", cid: 2, port: 1 }));
await attempt("thread", () => new Promise((resolve) => {
  const worker = new Worker("data:application/javascript,postMessage('runs')", { type: "module" });
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
}));
`;

const SEEN = [
  "root data,etc,guest.mjs,lib,lib64,proc,still,usr",
  "programs deno",
  "passwords NotFound 2",
  "processes exe",
  "new file Error 30",
  "library Error 30",
  "data 1",
  "write data done",
  "still 1",
  "write still Error 30",
  "link out NotFound 2",
  "shell PermissionDenied 1",
  "code of a volume failed to map segment",
  "signal PermissionDenied",
  "signal to all PermissionDenied",
  "signals of sockets -1,-1 -1",
  "own signal done",
  "host's socket PermissionDenied 1",
  "thread runs",
];

for (const user of ["65534", "-"]) {
  const who = user === "-" ? "in a user namespace" : "as root";
  testWith(`a guest's root ${who} has what its table names, and nothing else`, {
    needs: [user === "-" ? "linux" : "root"],
    fn: async () => {
      using host = makeRealHost();
      const folder = await Deno.makeTempDir({ prefix: "wherry-root-" });
      await Deno.chmod(folder, 0o755);
      // Of the same user as the guest.
      const victim = new Deno.Command("sleep", {
        args: ["60"],
        ...(user === "-" ? {} : { uid: 65534 }),
      }).spawn();
      try {
        const roots = await GuestRoots.open(host, folder);
        if (user === "-" && !await isAllowed(roots, folder)) return;
        await Deno.mkdir(`${folder}/data`);
        await Deno.chmod(`${folder}/data`, 0o777);
        await Deno.writeTextFile(`${folder}/data/one`, "1");
        await Deno.symlink("/etc", `${folder}/data/out`);
        await Deno.writeTextFile(`${folder}/guest.mjs`, GUEST);
        const mount = (containerPath: string, readOnly: boolean) => ({
          hostPath: `${folder}/data`,
          containerPath,
          readOnly,
        });
        const { rootTable } = await roots.plan({
          folder,
          mounts: [mount("/data", false), mount("/still", true)],
          launch: {
            program: Deno.execPath(),
            payload: `${folder}/guest.mjs`,
            args: [],
            stopSignal: "SIGTERM",
            root: { program: "/usr/bin/deno", payload: "/guest.mjs" },
          },
        });
        const lines = await enter(roots, folder, {
          table: rootTable!,
          user,
          command: [
            ...["/usr/bin/deno", "run", "-A", "--no-config", "--no-lock"],
            ...["--unstable-vsock", "/guest.mjs", String(victim.pid)],
          ],
        });
        assert.deepEqual(lines.map((line) => line.trimEnd()), SEEN);
        assert.equal(await Deno.readTextFile(`${folder}/data/two`), "2");
      } finally {
        victim.kill("SIGKILL");
        await victim.status;
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

testWith(
  "a guest's root makes the places of mounts nowhere else, where a volume's links lead out",
  {
    needs: ["root"],
    fn: async () => {
      using host = makeRealHost();
      const folder = await Deno.makeTempDir({ prefix: "wherry-root-" });
      try {
        const roots = await GuestRoots.open(host, folder);
        for (const name of ["volume", "other", "machine"]) {
          await Deno.mkdir(`${folder}/${name}`);
        }
        await Deno.writeTextFile(`${folder}/file`, "1");
        // Left by an earlier container of the pod.
        await Deno.symlink(`${folder}/machine`, `${folder}/volume/out`);
        await Deno.symlink(
          "../../../../../../../..",
          `${folder}/volume/up`,
        );
        const mount = (hostPath: string, containerPath: string) => ({
          hostPath,
          containerPath,
          readOnly: false,
        });
        for (
          const inner of [
            mount(`${folder}/other`, "/data/out/folder"),
            mount(`${folder}/file`, "/data/out/file"),
            mount(`${folder}/other`, `/data/up${folder}/machine/folder`),
            mount(`${folder}/file`, `/data/up${folder}/machine/file`),
          ]
        ) {
          const { rootTable } = await roots.plan({
            folder,
            mounts: [mount(`${folder}/volume`, "/data"), inner],
            launch: {
              program: roots.program,
              payload: `${folder}/file`,
              args: [],
              stopSignal: "SIGTERM",
              root: { program: "/program", payload: "/payload" },
            },
          });
          await enter(roots, folder, {
            table: rootTable!,
            user: "65534",
            command: ["/program"],
          });
          assert.deepEqual(
            [...Deno.readDirSync(`${folder}/machine`)],
            [],
            inner.containerPath,
          );
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  },
);

testWith(
  "a guest's root has no devices, also where the machine has mounted something below a volume",
  {
    needs: ["root"],
    fn: async () => {
      using host = makeRealHost();
      const folder = await Deno.makeTempDir({ prefix: "wherry-root-" });
      await Deno.chmod(folder, 0o755);
      const below = `${folder}/data/below`;
      const run = async (program: string, ...args: string[]) =>
        (await new Deno.Command(program, { args, stderr: "null" }).output())
          .success;
      await Deno.mkdir(below, { recursive: true });
      const isMounted = await run("mount", "-t", "tmpfs", "none", below);
      try {
        // Not on a machine that lets root mount nothing, or knows no flags of what is below.
        const made = isMounted &&
          await run("mknod", "-m", "666", `${below}/zero`, "c", "1", "5");
        if (!made || !await knowsFlagsBelow()) return;
        await Deno.writeTextFile(
          `${folder}/guest.mjs`,
          `try {
          Deno.openSync("/data/below/zero").readSync(new Uint8Array(1));
          console.log("read");
        } catch (error) {
          console.log(error.name);
        }`,
        );
        const roots = await GuestRoots.open(host, folder);
        const { rootTable } = await roots.plan({
          folder,
          mounts: [{
            hostPath: `${folder}/data`,
            containerPath: "/data",
            readOnly: true,
          }],
          launch: {
            program: Deno.execPath(),
            payload: `${folder}/guest.mjs`,
            args: [],
            stopSignal: "SIGTERM",
            root: { program: "/usr/bin/deno", payload: "/guest.mjs" },
          },
        });
        const lines = await enter(roots, folder, {
          table: rootTable!,
          user: "0",
          command: ["/usr/bin/deno", "run", "-A", "--no-config", "/guest.mjs"],
        });
        assert.deepEqual(lines, ["PermissionDenied"]);
      } finally {
        if (isMounted) await run("umount", below);
        await Deno.remove(folder, { recursive: true });
      }
    },
  },
);

Deno.test("folders() has mounts elsewhere where the engine's own files are, and refuses the root itself", async () => {
  using host = makeRealHost();
  const folder = await Deno.makeTempDir({ prefix: "wherry-root-" });
  try {
    const roots = await GuestRoots.open(host, folder);
    const mounts = ["/data", "/usr/lib/x", "/dev/shm/", "/devices", "lib"]
      .map((containerPath) => ({
        hostPath: folder,
        containerPath,
        readOnly: true,
      }));
    assert.deepEqual(roots.folders(mounts).map(({ from, to }) => [to, from]), [
      ["/data", "/data"],
      ["/usr/lib/x", "/.wherry/usr/lib/x"],
      ["/dev/shm", "/.wherry/dev/shm"],
      ["/devices", "/devices"],
      ["/lib", "/.wherry/lib"],
    ]);
    for (const containerPath of ["/", "/data/../"]) {
      assert.throws(
        () =>
          roots.folders([{ hostPath: folder, containerPath, readOnly: true }]),
        (error) =>
          error instanceof RuntimeError &&
          error.reason === "CreateContainerError" &&
          /the engine itself needs it/.test(error.message),
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("isPossible() is asked again after a try that told nothing", async () => {
  using host = makeRealHost();
  const folder = await Deno.makeTempDir({ prefix: "wherry-root-" });
  try {
    const answers: (number | HostError)[] = [
      new HostError("no-space", "The disk is full"),
      137,
      126,
    ];
    const processes = Object.assign(Object.create(host.processes), {
      uid: host.processes.uid,
      arch: host.processes.arch,
      run: () => {
        const code = answers.shift();
        if (code === undefined) throw new Error("Asked once more");
        if (typeof code !== "number") throw code;
        return Promise.resolve({ code, stdout: "", stderr: "" });
      },
    });
    const roots = await GuestRoots.open(
      { disk: host.disk, processes },
      folder,
    );
    await assert.rejects(roots.isPossible(), /The disk is full/);
    await assert.rejects(roots.isPossible(), /ended with 137/);
    assert.equal(await roots.isPossible(), false);
    assert.equal(await roots.isPossible(), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("native programs are made of the sources that are here", async () => {
  for (const name of PROGRAMS) {
    const { SOURCE } = await import(`./gen/${name}.ts`);
    assert.equal(SOURCE, await sourceDigest(name), `${name}: deno task native`);
  }
});

/** Whether an ordinary user may have namespaces here; root could enter one of its own anyway. */
async function isAllowed(roots: GuestRoots, folder: string): Promise<boolean> {
  const lines = await enter(roots, folder, {
    table: `folder\0\0/empty\0`,
    user: "-",
    command: ["/missing"],
  });
  return lines[0] === 'Can not run "/missing": there is no such file';
}

/** Whether the kernel is 5.12 or newer. */
async function knowsFlagsBelow(): Promise<boolean> {
  const release = await Deno.readTextFile("/proc/sys/kernel/osrelease");
  const [major = 0, minor = 0] = release.split(".").map(Number);
  return major > 5 || major === 5 && minor >= 12;
}

async function enter(
  roots: GuestRoots,
  folder: string,
  { table, user, command }: {
    table: string;
    user: string;
    command: readonly string[];
  },
): Promise<string[]> {
  await Deno.writeTextFile(`${folder}/table`, table);
  await Deno.writeFile(
    `${folder}/env`,
    environmentFile([["NO_COLOR", "1"], ["DENO_DIR", "/dev/null/none"]]),
  );
  await Deno.mkdir(`${folder}/mnt`, { recursive: true });
  const { stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: [
      ...["-c", 'exec 5<"$1"; shift; exec "$@" 2>&1', "sh", `${folder}/env`],
      ...[roots.program, `${folder}/table`, `${folder}/mnt`, "-"],
      ...(user === "-" ? ["-", "-", "-"] : [user, user, ""]),
      ...["/", ...command],
    ],
  }).output();
  const text = new TextDecoder();
  return (text.decode(stdout) + text.decode(stderr)).trimEnd().split("\n");
}
