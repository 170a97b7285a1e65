/**
 * WASM guests that mean harm, beside a neighbour that is asked all the while: it answers everything, the node stays Ready, and each guest's end says why.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { foundTools, testWith } from "../../src/testing/needs.ts";
import { guest } from "../e2e/objects.ts";
import { processes } from "../e2e/processes.ts";
import { type GuestCall, GuestText } from "../support/guest_text.ts";
import { bytesBelow, HostileBench } from "../support/hostile_bench.ts";

/** Code that is done again and again. */
const forever = (body: string) => `(loop $ever ${body} (br $ever))`;
/** The guest of many words, see `wasm/exerciser`. */
const exerciser = (...args: string[]) => ({ image: guest("exerciser"), args });
/** How much of a container's output may lie on the disk: two streams, each with one rotated file. */
const MOST_LOG_BYTES = 4 * 5 * 1024 * 1024 + 1024 * 1024;

/** A length that goes beyond all that a guest has. */
const FAR = "0xfffffff0";

/** Ends well when it is denied a socket. */
const SOCKET = `(component
  (import "wasi:sockets/network@0.2.0" (instance $network
    (type $codes (enum "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout" "concurrency-conflict"
      "not-in-progress" "would-block" "invalid-state" "new-socket-limit" "address-not-bindable" "address-in-use" "remote-unreachable"
      "connection-refused" "connection-reset" "connection-aborted" "datagram-too-large" "name-unresolvable" "temporary-resolver-failure"
      "permanent-resolver-failure"))
    (export "error-code" (type (eq $codes)))
    (type $families (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type (eq $families)))))
  (alias export $network "error-code" (type $error-code))
  (alias export $network "ip-address-family" (type $family))
  (import "wasi:sockets/tcp@0.2.0" (instance $tcp (export "tcp-socket" (type (sub resource)))))
  (alias export $tcp "tcp-socket" (type $tcp-socket))
  (import "wasi:sockets/tcp-create-socket@0.2.0" (instance $create
    (alias outer 1 $error-code (type $e)) (export "error-code" (type $e2 (eq $e)))
    (alias outer 1 $family (type $f)) (export "ip-address-family" (type $f2 (eq $f)))
    (alias outer 1 $tcp-socket (type $s)) (export "tcp-socket" (type $s2 (eq $s)))
    (type $made (result (own $s2) (error $e2)))
    (export "create-tcp-socket" (func (param "address-family" $f2) (result $made)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (core func $create (canon lower (func $create "create-tcp-socket") (memory $memory "memory")))
  (core module $guest
    (import "" "memory" (memory 1))
    (import "" "create" (func $create (param i32 i32)))
    (func (export "run") (result i32)
      (call $create (i32.const 0) (i32.const 0))
      (i32.eqz (i32.and (i32.load8_u (i32.const 0)) (i32.eq (i32.load8_u (i32.const 4)) (i32.const 1))))))
  (core instance $guest (instantiate $guest (with "" (instance (export "memory" (memory $memory "memory")) (export "create" (func $create))))))
  (func $run (result (result)) (canon lift (core func $guest "run")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $cli)))
`;

testWith("hostile WASM guests harm neither the neighbour nor the node", {
  needs: ["root", "wasmtime", "containerd"],
  fn: async (t) => {
    await using bench = await HostileBench.open(t);
    const { rig } = bench;
    let count = 0;
    const runText = async (
      name: string,
      text: GuestText | string,
      more: Parameters<HostileBench["run"]>[2] & { container?: object } = {},
    ) =>
      await bench.run(name, {
        image: await bench.file(`${++count}.wat`, String(text)),
        ...more.container,
      }, more);

    /** What ends by nothing but the node's word: its events say so. */
    const killed = (name: string) =>
      rig.until(
        `${name} was killed`,
        async () => (await rig.reasons(name)).includes("Killing"),
      );

    await bench.step("an endless loop", async () => {
      await bench.run("spin", exerciser("print", "begun", "spin"));
      await bench.prints("spin", /begun/);
      await new Promise((resolve) => setTimeout(resolve, 1_000)); // it is to spin for a while
      await bench.remove("spin");
      await killed("spin");
    });

    await bench.step("an endless recursion", async () => {
      await runText(
        "deep",
        new GuestText().field("(func $deeper (call $deeper) (call $deeper))")
          .code("(call $deeper)"),
      );
      const { exitCode } = await bench.endsWith("deep", /call stack exhausted/);
      assert.equal(exitCode, 134);
    });

    await bench.step("a memory bomb", async () => {
      await bench.run("bomb", exerciser("allocate", "1000"));
      const { reason, exitCode } = await bench.end("bomb");
      assert.deepEqual([reason, exitCode], ["OOMKilled", 137]);
    });

    await bench.step("a bomb of table entries", async () => {
      await runText(
        "tables",
        new GuestText()
          .field("(table $t 1 funcref) (elem declare func $print)")
          .code(forever(
            `(if (i32.eq (table.grow $t (ref.func $print) (i32.const 1000000)) (i32.const -1)) (then (unreachable)))`,
          )),
      );
      const { reason } = await bench.end("tables");
      assert.equal(reason, "OOMKilled");
    });

    await bench.step("a bomb of open files", async () => {
      const text = new GuestText();
      text.code(
        `(loop $more
          (local.set $j (call $path_open ${
          text.folder("/data")
        } (i32.const 0) ${
          text.text("file")
        } (i32.const 1) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 8)))
          (br_if $more (i32.eqz (local.get $j))))
        (call $say ${text.text("refused")} (local.get $j))`,
      ).code(
        forever(
          "(drop (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)))",
        ),
      );
      await runText("files", text, {
        spec: { volumes: [{ name: "data", emptyDir: {} }] },
        container: { volumeMounts: [{ name: "data", mountPath: "/data" }] },
      });
      await bench.prints("files", /refused \d\d/);
      const { uid } = (await rig.get("pods", "files")).metadata;
      const [guest] = (await processes()).filter(({ cgroup, command }) =>
        cgroup.includes(uid) && command.includes("run")
      );
      const open = [...Deno.readDirSync(`/proc/${guest!.pid}/fd`)].length;
      assert.ok(open > 100); // the rest is refused, and is its own
      await bench.remove("files");
    });

    await bench.step("a flood of lines", async () => {
      await bench.run(
        "lines",
        exerciser(...Array(5).fill(["flood", "1000000"]).flat(), "spin"),
      );
      await floods("lines");
    });

    await bench.step("a flood without line ends", async () => {
      const text = new GuestText(4);
      text.code(forever(
        `(i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const 65536))
         (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))`,
      ));
      await runText("endless", text);
      await floods("endless");
    });

    /** Output goes on for a while and stays within its bounds; the log can be read. */
    async function floods(name: string): Promise<void> {
      await bench.running(name);
      const { uid } = (await rig.get("pods", name)).metadata;
      const logs = join(rig.agentFolder, "logs", `default_${name}_${uid}`);
      let most = 0;
      await rig.until("it has been rotated", async () => {
        most = Math.max(most, await bytesBelow(logs).catch(() => 0));
        const names = await Array.fromAsync(Deno.readDir(join(logs, "main")));
        return names.some(({ name }) => name.endsWith(".1"));
      });
      for (let i = 0; i < 20; i++) {
        most = Math.max(most, await bytesBelow(logs));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.ok(most < MOST_LOG_BYTES, `${most} bytes of logs`);
      const answer = await rig.text(
        `/api/v1/namespaces/default/pods/${name}/log?tailLines=1&limitBytes=1000`,
      );
      assert.ok(answer.length <= 1000);
      await bench.remove(name);
    }

    await bench.step("threads, as near as WASI comes to a fork", async () => {
      await runText(
        "threads",
        `(module (import "wasi" "thread-spawn" (func (param i32) (result i32))) (memory (export "memory") 1) (func (export "_start")))`,
      );
      assert.match(await bench.refusal("threads"), /wasi\.thread-spawn/);
    });

    await bench.step("the way out of its folders", async () => {
      const outside = join(bench.folder, "outside");
      const inside = join(bench.folder, "inside");
      const readOnly = join(bench.folder, "read-only");
      for (const path of [outside, inside, readOnly]) await Deno.mkdir(path);
      await Deno.chmod(inside, 0o777);
      await Deno.chmod(readOnly, 0o777);
      await Deno.chmod(outside, 0o777);
      const secret = `secret-${crypto.randomUUID()}`;
      await Deno.writeTextFile(join(outside, "secret"), secret);
      await Deno.chmod(join(outside, "secret"), 0o666);
      await Deno.writeTextFile(join(readOnly, "kept"), "kept");
      await Deno.chmod(join(readOnly, "kept"), 0o666);
      const links: [string, string][] = [
        ["absolute", join(outside, "secret")],
        ["relative", "../outside/secret"],
        ["folder", "../outside"],
        ["root", "/"],
      ];
      for (const [name, to] of links) {
        await Deno.symlink(to, join(inside, name));
      }
      const text = new GuestText().write("/data", "own").read("/data", "own");
      const wanted = [
        "../outside/secret",
        "../outside/secret/",
        "./../outside/secret",
        "x/../../outside/secret",
        "own/../../outside/secret",
        join(outside, "secret"),
        `/data/../${outside}/secret`,
        "absolute",
        "absolute/",
        "relative",
        "folder/secret",
        "folder/",
        "folder/.",
        `root${outside}/secret`,
        "..",
        "../",
        "/",
      ];
      text.symlink("../outside", "/data", "made")
        .symlink("../outside/secret", "/data", "made-file")
        .symlink(outside, "/data", "made-absolute")
        .symlink("made", "/data", "made-twice")
        .symlink("/proc/self/root", "/data", "magic");
      wanted.push(
        "made/secret",
        "made-file",
        "made-absolute/secret",
        "made-twice/secret",
        `magic${outside}/secret`,
      );
      for (const path of wanted) text.read("/data", path);
      for (
        const path of [
          "../outside/new",
          "folder/new",
          "made/new",
          "relative",
          "absolute",
          join(outside, "new"),
        ]
      ) text.write("/data", path);
      text.move("link", ["/data", "../outside/secret"], ["/data", "linked"])
        .move("link", ["/data", "relative"], ["/data", "linked-too"])
        .move("link", ["/data", "own"], ["/data", "../outside/new"])
        .move("rename", ["/data", "own"], ["/data", "../outside/new"])
        .move("rename", ["/data", "own"], ["/data", "folder/new"])
        .move("rename", ["/data", "../outside/secret"], ["/data", "taken"])
        .move("rename", ["/read-only", "kept"], ["/data", "taken-too"])
        .move("rename", ["/data", "own"], ["/read-only", "new"])
        .move("link", ["/data", "own"], ["/read-only", "new"])
        .unlink("/data", "../outside/secret")
        .unlink("/read-only", "kept")
        .write("/read-only", "new")
        .write("/read-only", "kept")
        .symlink("x", "/read-only", "new");
      for (const path of ["linked", "linked-too", "taken"]) {
        text.read("/data", path);
      }
      for (
        const path of [
          `self/root${outside}/secret`,
          `1/root${outside}/secret`,
          `self/cwd${outside}/secret`,
          `thread-self/root${outside}/secret`,
          `self/task/../root${outside}/secret`,
        ]
      ) text.read("/proc", path);
      await runText("escape", text, {
        spec: {
          volumes: [
            { name: "data", hostPath: { path: inside } },
            { name: "read-only", hostPath: { path: readOnly } },
            { name: "proc", hostPath: { path: "/proc" } },
          ],
        },
        container: {
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "read-only", mountPath: "/read-only", readOnly: true },
            { name: "proc", mountPath: "/proc" },
          ],
        },
      });
      const { exitCode } = await bench.end("escape");
      const log = await bench.log("escape");
      assert.equal(exitCode, 0);
      assert.match(log, /^write own 00\nread own 00\n/); // what it may do works
      assert.ok(!log.includes(secret), log);
      const names = async (path: string) =>
        (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name)
          .toSorted();
      assert.deepEqual(await names(outside), ["secret"]);
      assert.equal(await Deno.readTextFile(join(outside, "secret")), secret);
      assert.deepEqual(await names(readOnly), ["kept"]);
      assert.equal(await Deno.readTextFile(join(readOnly, "kept")), "kept");
    });

    await bench.step("abuse of clocks, polls and chance", async () => {
      const far: [GuestCall, string[], RegExp][] = [
        ["random_get", ["0", FAR], /requested len \d+ exceeds limit/],
        ["poll_oneoff", ["0", "64", "0x7fffffff", "8"], /poll_oneoff [1-9]\d/],
        ["fd_readdir", ["3", "0", FAR], /fd_readdir (0[1-9]|[1-9]\d)/],
      ];
      for (const [call, args, words] of far) {
        const name = `far-${call.replace("_", "-")}`;
        const text = args.map((arg) => `i32.const ${arg}`);
        if (call === "fd_readdir") text.push("i64.const 0", "i32.const 8");
        await runText(name, new GuestText().call(call, call, ...text));
        await bench.end(name);
        assert.match(await bench.log(name), words);
      }
      // A thousand clocks that are due at once (48 bytes each, from 65536 on), again and again.
      const storm = new GuestText(8).code(forever(
        `(drop (call $poll_oneoff (i32.const 65536) (i32.const 131072) (i32.const 1000) (i32.const 8)))
         (drop (call $random_get (i32.const 262144) (i32.const 65536)))
         (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 8)))`,
      ));
      await runText("storm", storm);
      await bench.running("storm");
      await new Promise((resolve) => setTimeout(resolve, 1_500)); // it is to storm for a while
      await bench.remove("storm");
      await killed("storm");
    });

    await bench.step("sockets without permission", async () => {
      for (const allowed of [false, true]) {
        const name = allowed ? "dials" : "does-not-dial";
        await runText(name, SOCKET, {
          annotations: allowed ? {} : { "wherry.dev/allow-net": "none" },
        });
        // It ends well where it is denied a socket.
        assert.equal((await bench.end(name)).exitCode, allowed ? 1 : 0);
      }
    });

    await bench.step("code that is laborious to compile", async () => {
      const depth = 200_000;
      await runText(
        "nested",
        `(module (func (export "_start") ${"(block ".repeat(depth)}${
          ")".repeat(depth)
        }))`,
      );
      assert.equal((await bench.end("nested")).exitCode, 0);
    });

    await bench.step("what is no WASM, or not for this engine", async () => {
      const native = await bench.file("native.wat", "(module)");
      const compiled = join(bench.folder, "compiled.wasm");
      const { success } = await new Deno.Command(
        String(foundTools().wasmtime),
        {
          args: [
            ...["compile", "-C", "cache=n", "-o", compiled],
            native.replace("file://", ""),
          ],
        },
      ).output();
      assert.ok(success);
      const files: [string, string | Uint8Array, RegExp][] = [
        ["words", "hello\n", /it is not WebAssembly/],
        ["nothing", "", /it is (not WebAssembly|empty|cut short)/],
        [
          "program",
          await Deno.readFile("/bin/true"),
          /neither binary nor text WebAssembly/,
        ],
        // Compiled for the engine by somebody else: never run unread.
        [
          "native",
          await Deno.readFile(compiled),
          /neither binary nor text WebAssembly/,
        ],
        ["half", "(module (func", /it exports no "_start"|expected/],
        [
          "cut",
          new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 0xff]),
          /cut short/,
        ],
        [
          "browser",
          `(module (import "env" "emscripten_memcpy_big" (func)) (func (export "_start")))`,
          /"env\.emscripten_memcpy_big".*built for emscripten/,
        ],
        ["library", `(module (func (export "add")))`, /it exports no "_start"/],
        [
          "robot",
          `(component (import "acme:robot/arm@1.0.0" (instance)))`,
          /needs an interface that the engine has not: "acme:robot\/arm@1.0.0"/,
        ],
        [
          "future",
          `(component (core module $m (func (export "run") (result i32) (i32.const 0))) (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $cli (export "run" (func $run))) (export "wasi:cli/run@0.9.0" (instance $cli)))`,
          /a version that the engine has not/,
        ],
      ];
      for (const [name, content] of files) {
        await bench.run(name, {
          image: await bench.file(`${name}.wasm`, content),
        });
      }
      for (const [name, , words] of files) {
        const told = await bench.refusal(name);
        assert.match(told, words);
      }
    });
  },
});
