import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { environmentFile } from "./environment_file.ts";
import { nativeProgram } from "./native_programs.ts";
import { cgroupPlan, cgroupVersion, removeCgroups } from "./cgroup.ts";
import { PLAN_NAME, planOf, type SuperviseRequest } from "./supervisor.ts";

/** Guests print more than a pipe holds. */
const CHATTY =
  "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; exit 3";

const VARIABLES: [string, string][] = [
  ["PLAIN", "value"],
  ["tls.crt", "-----BEGIN\nseveral lines\n'quoted' \"twice\" $HOME `id`\n"],
  ["UID", "shells do not give this one away"],
  ["EMPTY", ""],
  ["LONG", "x".repeat(100_000)],
  ["ÜNÏ", "ö€😀"],
];

/** A folder with the programs and a container's own folder. */
class Rig implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Rig> {
    const folder = await Deno.makeTempDir({ prefix: "wherry-supervise-" });
    for (const name of ["exits", "logs", "own"]) {
      await Deno.mkdir(`${folder}/${name}`);
    }
    for (const name of ["supervise", "log_writer"] as const) {
      await Deno.writeFile(
        `${folder}/${name}`,
        nativeProgram(name, Deno.build.arch),
        { mode: 0o755 },
      );
    }
    return new Rig(folder);
  }

  /** Starts a program under a supervisor; its answer. */
  async start(
    program: string,
    options: {
      args: readonly string[];
      env?: readonly [string, string][];
      logWriter?: string;
      banner?: string;
      cgroup?: SuperviseRequest["cgroup"];
    },
  ): Promise<string> {
    using host = makeRealHost({ writeLog: () => {} });
    const { folder } = this;
    await Deno.writeFile(
      `${folder}/own/env`,
      environmentFile(options.env ?? []),
    );
    const plan = `${folder}/own/${PLAN_NAME}`;
    await Deno.writeTextFile(
      plan,
      planOf({
        supervisor: `${folder}/supervise`,
        dir: `${folder}/own`,
        exitsDir: `${folder}/exits`,
        containerId: "c1",
        bootId: "boot",
        startedAt: 0,
        program,
        payload: "/dev/null",
        args: options.args,
        logWriter: options.logWriter ?? `${folder}/log_writer`,
        log: { folder: `${folder}/logs`, attempt: 0 },
        ...(options.banner === undefined ? {} : { banner: options.banner }),
        ...(options.cgroup && { cgroup: options.cgroup }),
      }),
    );
    const { stdout } = await host.processes.run(`${folder}/supervise`, {
      args: [plan],
      env: {},
      clearEnv: true,
    });
    return stdout;
  }

  /** Waits until the end is told; the state. */
  async ended(): Promise<string> {
    for (let i = 0; i < 200; i++) {
      if ([...Deno.readDirSync(`${this.folder}/exits`)].length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return (await Deno.readTextFile(`${this.folder}/own/state`)).trim();
  }

  async lines(name: string): Promise<string[]> {
    const text = await Deno.readTextFile(`${this.folder}/logs/${name}`);
    return text.trimEnd().split("\n").map((line) =>
      line.split(" ").slice(3).join(" ")
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function linuxTest(name: string, fn: (rig: Rig) => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using rig = await Rig.make();
      await fn(rig);
    },
  });
}

linuxTest(
  "supervisor tells the exit, and the guest goes on, when its log writer cannot run any more",
  async (rig) => {
    assert.match(
      await rig.start("/bin/sh", {
        args: ["-c", CHATTY],
        logWriter: "/bin/false",
      }),
      /^ok: boot 0 \d+ \d+ \d+ \d+\n$/,
    );
    assert.match(await rig.ended(), /^exited boot .* 3 0$/);
  },
);

linuxTest(
  "supervisor keeps every line of both streams, and a signal's number",
  async (rig) => {
    await rig.start("/bin/sh", {
      args: ["-c", `(${CHATTY}); echo e >&2; kill -9 $$`],
    });
    assert.match(await rig.ended(), /^exited boot .* 137 0$/);
    assert.equal((await rig.lines("0.log")).length, 3000);
    assert.deepEqual(await rig.lines("0.err.log"), ["e"]);
  },
);

linuxTest(
  "supervisor gives the program exactly the file's variables, whatever their names, and no file but its own",
  async (rig) => {
    await rig.start("/bin/cp", {
      args: ["/proc/self/environ", `${rig.folder}/seen`],
      env: VARIABLES,
    });
    assert.match(await rig.ended(), / 0 0$/);
    assert.equal(
      await Deno.readTextFile(`${rig.folder}/seen`),
      VARIABLES.map(([name, value]) => `${name}=${value}\0`).join(""),
    );
    await Deno.remove(`${rig.folder}/exits/c1`);
    await rig.start("/bin/ls", { args: ["/proc/self/fd"] });
    assert.match(await rig.ended(), / 0 0$/);
    // 7 is the payload, 3 the folder that is listed.
    assert.deepEqual(await rig.lines("0.log"), ["0", "1", "2", "3", "7"]);
  },
);

for (
  const [line, kept] of [
    ["Serving HTTP on http://x", []],
    ["Serving nothing", ["Serving nothing"]],
    ["Se", ["Se"]],
  ] as const
) {
  linuxTest(
    `supervisor keeps ${
      kept.length ? "" : "not "
    }"${line}" of an engine whose banner is "Serving HTTP on "`,
    async (rig) => {
      await rig.start("/bin/sh", {
        args: [
          "-c",
          `printf '%s' "$1" >&2; [ "$1" = Se ] || printf '\\nmore\\n' >&2`,
          "sh",
          line,
        ],
        banner: "Serving HTTP on ",
      });
      await rig.ended();
      assert.deepEqual(
        await rig.lines("0.err.log"),
        line === "Se" ? ["Se"] : [...kept, "more"],
      );
    },
  );
}

linuxTest("supervisor says why a program cannot be run", async (rig) => {
  await rig.start("/no/such/program", { args: [] });
  assert.match(await rig.ended(), / 126 0$/);
  assert.deepEqual(await rig.lines("0.err.log"), [
    'Can not open "/no/such/program": there is no such file',
  ]);
});

linuxTest(
  "supervisor makes what keeps the output again when it is killed, and nothing is lost",
  async (rig) => {
    const answer = await rig.start("/bin/sh", {
      args: ["-c", "sleep 0.5; echo after"],
    });
    const supervisor = answer.trim().split(" ")[5];
    const children = await Deno.readTextFile(
      `/proc/${supervisor}/task/${supervisor}/children`,
    );
    const guest = answer.trim().split(" ")[3];
    const keeper = children.trim().split(" ").find((pid) => pid !== guest);
    Deno.kill(Number(keeper), "SIGKILL");
    assert.match(await rig.ended(), / 0 0$/);
    assert.deepEqual(await rig.lines("0.log"), ["after"]);
  },
);

linuxTest(
  "supervisor has what writes the log join the guest's group for processor time, and keeps the output where it cannot",
  async (rig) => {
    using host = makeRealHost({ writeLog: () => {} });
    const path = `/wherry-supervise-${crypto.randomUUID()}`;
    const version = await cgroupVersion(host, path);
    const real = cgroupPlan(version, path, {});
    // Without the right to make groups, a folder stands for one: who joins writes into it.
    const group = real?.logFolder ?? `${rig.folder}/group`;
    const procs = `${group}/${real ? "cgroup.procs" : "tasks"}`;
    if (!real) {
      await Deno.mkdir(group);
      await Deno.writeTextFile(procs, "");
    }
    const answer = await rig.start("/bin/sh", {
      args: [
        "-c",
        `echo one; until [ -e ${rig.folder}/go ]; do sleep 0.1; done`,
      ],
      cgroup: real ?? { folders: [], writes: [], logFolder: group },
    });
    const guest = answer.split(" ")[3]!;
    // Processes of the group by what they run; a guest's own children are `sleep`.
    const members = async () => {
      const pids = (await Deno.readTextFile(procs)).split("\n").filter(Boolean);
      return await Promise.all(
        pids.map(async (pid) =>
          pid === guest
            ? "guest"
            : await Deno.readTextFile(`/proc/${pid}/comm`).then(
              (name) => name.trim(),
              () => "gone",
            )
        ),
      );
    };
    for (let i = 0; i < 100; i++) {
      if (
        await rig.lines("0.log").catch(() => []).then(({ length }) => length)
      ) {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (real) assert.ok((await members()).includes("log_writer"));
    else assert.equal(await Deno.readTextFile(procs), "0");
    await Deno.writeTextFile(`${rig.folder}/go`, "");
    assert.match(await rig.ended(), / 0 0$/);
    assert.deepEqual(await rig.lines("0.log"), ["one"]);
    // Nobody is left in it.
    if (real) await assert.rejects(Deno.stat(group), Deno.errors.NotFound);
    await removeCgroups(host, version, [path]);

    await Deno.remove(`${rig.folder}/exits/c1`);
    await Deno.remove(`${rig.folder}/logs`, { recursive: true });
    await Deno.mkdir(`${rig.folder}/logs`);
    await rig.start("/bin/echo", {
      args: ["two"],
      cgroup: { folders: [], writes: [], logFolder: "/no/such/group" },
    });
    assert.match(await rig.ended(), / 0 0$/);
    assert.deepEqual(await rig.lines("0.log"), ["two"]);
  },
);

Deno.test("planOf() refuses texts that would be two", () => {
  assert.throws(
    () =>
      planOf({
        supervisor: "",
        dir: "",
        exitsDir: "",
        containerId: "",
        bootId: "",
        startedAt: 0,
        program: "",
        payload: "",
        args: ["a\0b"],
        logWriter: "",
        log: { folder: "", attempt: 0 },
      }),
    /a NUL in its argument/,
  );
});
