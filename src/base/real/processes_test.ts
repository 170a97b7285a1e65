import assert from "node:assert/strict";
import { RealProcesses } from "./processes.ts";

const PROCESSES = new RealProcesses();

Deno.test("run() gives status and output, and takes input", async () => {
  assert.deepEqual(
    await PROCESSES.run("sh", {
      args: ["-c", 'cat; echo "$X $HOME" >&2; exit 3'],
      stdin: "in",
      env: { X: "x" },
      clearEnv: true,
    }),
    { code: 3, stdout: "in", stderr: "x \n" },
  );
});

Deno.test("run() takes a command that does not read its input", async () => {
  const { code } = await PROCESSES.run("true", {
    stdin: "x".repeat(1_000_000),
  });
  assert.equal(code, 0);
});

Deno.test("run() ends a command that takes too long", async () => {
  const result = await PROCESSES.run("sleep", { args: ["60"], timeoutMs: 50 });
  assert.equal(result.code, 128 + 9);
});

Deno.test("run() and start() throw not-found when there is no such program", async () => {
  const missing = { name: "HostError", code: "not-found" };
  await assert.rejects(PROCESSES.run("no-such-program"), missing);
  await assert.rejects(PROCESSES.start("no-such-program"), missing);
  await assert.rejects(
    PROCESSES.start("no-such-program", { stdoutPath: "/dev/null" }),
    missing,
  );
});

Deno.test("start() appends output to files, and its process id is the command's own", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const options = {
      args: ["-c", 'echo "$$ $1"; echo oops >&2', "sh", "a b; c"],
      stdoutPath: `${folder}/out`,
      stderrPath: `${folder}/err`,
    };
    const first = await PROCESSES.start("sh", options);
    assert.equal(await first.exited, 0);
    const second = await PROCESSES.start("sh", options);
    assert.equal(await second.exited, 0);
    assert.equal(
      await Deno.readTextFile(`${folder}/out`),
      `${first.pid} a b; c\n${second.pid} a b; c\n`,
    );
    assert.equal(await Deno.readTextFile(`${folder}/err`), "oops\noops\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("start() gives a detached command a session of its own, in which it outlives us", async () => {
  const program = `
    import { RealProcesses } from ${
    JSON.stringify(import.meta.resolve("./processes.ts"))
  };
    const child = await new RealProcesses().start("sleep", { args: ["60"], detached: true });
    console.log(child.pid);
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
  }).output();
  const pid = Number(new TextDecoder().decode(stdout));
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  assert.equal(Number(stat.split(" ")[5]), pid); // leader of its session
  assert.ok(PROCESSES.signal(pid, "SIGKILL"));
});

Deno.test("signal() ends a child, whose status tells it, and answers false when nobody is there", async () => {
  const child = await PROCESSES.start("sleep", { args: ["60"] });
  child.signal("SIGTERM");
  assert.equal(await child.exited, 128 + 15);
  child.signal("SIGTERM");
  assert.equal(PROCESSES.signal(child.pid, "SIGTERM"), false);
});

/** Notes SIGINT, and says how its command ended. */
const PROGRAM = `
import { RealProcesses } from "${new URL("processes.ts", import.meta.url)}";
const signalled = Promise.withResolvers();
Deno.addSignalListener("SIGINT", () => signalled.resolve());
const processes = new RealProcesses({ apart: Deno.args[0] === "apart" });
const command = processes.run("sh", {
  args: ["-c", "echo > started; while [ ! -e go ]; do sleep 0.05; done"],
});
await signalled.promise;
await Deno.writeTextFile("go", "");
const { code } = await command;
await Deno.writeTextFile("code", String(code));
Deno.exit(0);
`;

/** A terminal of its own, in which Ctrl-C is pressed once the program's command runs. Answers the command's exit code. */
async function codeAfterCtrlC(how: "apart" | "together"): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/program.ts`, PROGRAM);
    const script = new Deno.Command("script", {
      args: [
        "-qec",
        `${Deno.execPath()} run -A --no-check --no-config program.ts ${how}`,
        "/dev/null",
      ],
      cwd: folder,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    const status = script.status.then(() => ended = true);
    const isThere = (name: string) =>
      Deno.stat(`${folder}/${name}`).then(() => true, () => false);
    while (!ended && !await isThere("started")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const keyboard = script.stdin.getWriter();
    await keyboard.write(new TextEncoder().encode("\x03"));
    await status;
    await keyboard.close().catch(() => {}); // the terminal is gone
    return await Deno.readTextFile(`${folder}/code`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name:
    "run() keeps a terminal's Ctrl-C from commands that are apart, and from no others",
  ignore: Deno.build.os !== "linux", // script(1) of other systems takes other options
  async fn() {
    assert.equal(await codeAfterCtrlC("apart"), "0");
    assert.equal(await codeAfterCtrlC("together"), "130");
  },
});
