/**
 * Deno guests that mean harm, beside a neighbour that is asked all the while: it answers everything, the node stays Ready, and each guest is told or shown
 * why it may not.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { bytesBelow, HostileBench } from "../support/hostile_bench.ts";
import { Neighbour } from "../support/neighbour.ts";

/** What a Deno guest may have: Deno itself takes some. */
const LIMITS = { memory: "128Mi", cpu: "500m" };
/** How much of a container's output may lie on the disk: two streams, each with one rotated file. */
const MOST_LOG_BYTES = 4 * 5 * 1024 * 1024 + 1024 * 1024;

/** Begins a guest that tries one thing after the other and prints what came of it. */
const TRIES = `
const short = (text) => String(text).replaceAll("\\n", " ").slice(0, 300);
async function attempt(name, what) {
  try {
    console.log(name + ": got " + short(await what()));
  } catch (error) {
    console.log(name + ": " + (error?.name ?? "") + ": " + short(error?.message ?? error));
  }
}
`;

testWith("hostile Deno guests harm neither the neighbour nor the node", {
  needs: ["root", "wasmtime", "containerd"],
  fn: async (t) => {
    await using bench = await HostileBench.open(t);
    const { rig } = bench;
    const run = async (
      name: string,
      text: string,
      more: Parameters<HostileBench["run"]>[2] & { container?: object } = {},
    ) =>
      await bench.run(name, {
        image: await bench.file(`${name}.mjs`, `${text}\nexport {};\n`),
        resources: { limits: LIMITS },
        ...more.container,
      }, { ...more, spec: { runtimeClassName: "deno", ...more.spec } });
    /** Runs attempts to their end; answers what came of each, by its name. */
    const tried = async (
      name: string,
      attempts: Readonly<Record<string, string>>,
      more: Parameters<typeof run>[2] = {},
    ): Promise<Record<string, string>> => {
      const text = Object.entries(attempts).map(([what, code]) =>
        `await attempt(${JSON.stringify(what)}, async () => ${code});`
      );
      await run(name, TRIES + text.join("\n"), more);
      await bench.end(name);
      const log = await bench.log(name);
      const results = Object.fromEntries(
        log.trim().split("\n").map((line) => {
          const at = line.indexOf(": ");
          return [line.slice(0, at), line.slice(at + 2)];
        }),
      );
      for (const what of Object.keys(attempts)) {
        assert.ok(results[what], `${what}:\n${log}`);
      }
      return results;
    };
    const refused = (results: Record<string, string>) => {
      for (const [what, result] of Object.entries(results)) {
        assert.doesNotMatch(result, /^got /, what);
      }
    };
    /** What ends by nothing but the node's word: its events say so. */
    const removeRunning = async (name: string) => {
      await bench.remove(name);
      await rig.until(
        `${name} was killed`,
        async () => (await rig.reasons(name)).includes("Killing"),
      );
    };
    const soon = () => new Promise((resolve) => setTimeout(resolve, 1_500)); // it is to go on for a while

    await bench.step(
      "programs, libraries, signals and the system",
      async () => {
        const agent = rig.agent.pid;
        const results = await tried("system", {
          deno:
            `new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync().success`,
          shell:
            `new Deno.Command("/bin/sh", { args: ["-c", "id"] }).outputSync().success`,
          child: `(await import("node:child_process")).execFileSync("/bin/sh")`,
          library:
            `Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } }).symbols.getpid()`,
          addon: `process.dlopen({ exports: {} }, "/data/x.node")`,
          agent: `Deno.kill(${agent}, "SIGKILL")`,
          everybody: `Deno.kill(-1, "SIGKILL")`,
          parent: `process.kill(process.ppid, "SIGKILL")`,
          group: `process.kill(0, "SIGKILL")`,
          hostname: `Deno.hostname()`,
          release: `Deno.osRelease()`,
          interfaces: `Deno.networkInterfaces().length`,
          memory: `Deno.systemMemoryInfo().total`,
          user: `Deno.uid()`,
          grants:
            `(await Deno.permissions.request({ name: "run" })).state === "denied" ? (() => { throw new Error("denied") })() : "granted"`,
        });
        refused(results);
        for (const what of ["shell", "library", "hostname"]) {
          assert.match(results[what]!, /^NotCapable: Requires /);
        }
      },
    );

    await bench.step("files beyond the Pod's", async () => {
      const outside = join(bench.folder, "outside");
      const inside = join(bench.folder, "inside");
      await Deno.mkdir(outside);
      await Deno.mkdir(inside);
      await Deno.chmod(inside, 0o777);
      const secret = `secret-${crypto.randomUUID()}`;
      const path = join(outside, "secret");
      await Deno.writeTextFile(path, secret);
      await Deno.chmod(path, 0o666);
      await Deno.symlink(path, join(inside, "absolute"));
      await Deno.symlink("../outside/secret", join(inside, "relative"));
      await Deno.symlink("/", join(inside, "root"));
      const read = (name: string) =>
        `Deno.readTextFileSync(${JSON.stringify(name)})`;
      const results = await tried("files", {
        secret: read(path),
        up: read(`/data/../..${path}`),
        absolute: read("/data/absolute"),
        relative: read("/data/relative"),
        root: read(`/data/root${path}`),
        node: `(await import("node:fs")).readFileSync(${
          JSON.stringify(path)
        }, "utf8")`,
        passwd: read("/etc/passwd"),
        environ: read("/proc/self/environ"),
        maps: read("/proc/self/maps"),
        procRoot: read(`/proc/self/root${path}`),
        first: read("/proc/1/environ"),
        agent: read(join(rig.agentFolder, "identity/key.pem")),
        link: `{ Deno.symlinkSync(${
          JSON.stringify(path)
        }, "/data/made"); return Deno.readTextFileSync("/data/made"); }`,
        hard: `{ Deno.linkSync(${
          JSON.stringify(path)
        }, "/data/hard"); return Deno.readTextFileSync("/data/hard"); }`,
        rename: `Deno.renameSync(${JSON.stringify(path)}, "/data/taken")`,
        write: `Deno.writeTextFileSync(${JSON.stringify(path)}, "pwned")`,
        writeLink: `Deno.writeTextFileSync("/data/relative", "pwned")`,
        temporary: `Deno.writeTextFileSync("/tmp/pwned", "pwned")`,
        readOnly: `Deno.writeTextFileSync("/read-only/pwned", "pwned")`,
        list: `[...Deno.readDirSync("/")].map(({ name }) => name).join()`,
        device: `Deno.openSync("/dev/mem")`,
      }, {
        spec: {
          volumes: [
            { name: "data", hostPath: { path: inside } },
            { name: "read-only", hostPath: { path: outside } },
          ],
        },
        container: {
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "read-only", mountPath: "/read-only", readOnly: true },
          ],
        },
      });
      refused(results);
      assert.equal(await Deno.readTextFile(path), secret);
      assert.deepEqual(
        (await Array.fromAsync(Deno.readDir(outside))).map(({ name }) => name),
        ["secret"],
      );
      assert.ok(!JSON.stringify(results).includes(secret));
    });

    await bench.step("variables beyond the Pod's", async () => {
      const results = await tried("variables", {
        deno:
          `Object.keys(Deno.env.toObject()).filter((name) => !name.startsWith("KUBERNETES_")).join()`,
        process:
          `Object.keys(process.env).filter((name) => !name.startsWith("KUBERNETES_")).join()`,
      }, {
        spec: { enableServiceLinks: false },
        container: { env: [{ name: "OWN", value: "own" }] },
      });
      assert.deepEqual(results, { deno: "got OWN", process: "got OWN" });
    });

    await bench.step("code from elsewhere", async () => {
      refused(
        await tried("code", {
          passwd: `(await import("/etc/passwd")).default`,
          json:
            `(await import("file:///proc/self/status", { with: { type: "json" } })).default`,
          text:
            `(await import("file:///etc/hostname", { with: { type: "text" } })).default`,
          remote: `(await import("https://example.com/x.js")).default`,
          package: `(await import("npm:left-pad")).default`,
          worker: `await new Promise((resolve, reject) => {
            const worker = new Worker("file:///etc/passwd", { type: "module" });
            worker.onerror = (event) => { event.preventDefault(); reject(new Error(event.message)); };
          })`,
        }),
      );
      await run(
        "freedom",
        `new Worker("data:text/javascript,", { type: "module", deno: { permissions: { read: true, run: true } } });`,
      );
      await bench.endsWith("freedom", /unstable-worker-options/);
      for (
        const [name, text, words] of [
          ["imports", `import "./other.js";`, /imports "\.\/other\.js"/],
          ["no-code", `this is {{ no module`, /it is not a JavaScript module/],
        ] as const
      ) {
        await run(name, text);
        assert.match(await bench.refusal(name), words);
      }
    });

    await bench.step("the network, and the neighbour's port", async () => {
      const neighbour = await Neighbour.address(rig);
      const dial =
        `{ const conn = await Deno.connect({ hostname: "${neighbour}", port: 8080 }); conn.close(); return "connected"; }`;
      const results = await tried("no-net", {
        dial,
        fetch: `(await fetch("http://${neighbour}:8080/")).status`,
        datagram:
          `{ Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 5000 }); return "open"; }`,
        node:
          `await new Promise((resolve, reject) => import("node:net").then(({ connect }) => connect(8080, "${neighbour}").on("connect", resolve).on("error", reject)).catch(reject))`,
        unix:
          `{ await Deno.connect({ transport: "unix", path: "${rig.agentFolder}/agent.sock" }); return "connected"; }`,
        listen:
          `{ Deno.listen({ hostname: "0.0.0.0", port: 9 }); return "open"; }`,
      }, { annotations: { "wherry.dev/allow-net": "none" } });
      refused(results);
      assert.match(results["dial"]!, /^NotCapable: Requires net access/);
      // What may use the network has one of its own: the neighbour's port there is not the neighbour's.
      const own = await tried("net", {
        dial,
        health:
          `{ const conn = await Deno.connect({ hostname: "127.0.0.1", port: 10248 }); conn.close(); return "connected"; }`,
        listen:
          `{ Deno.listen({ hostname: "0.0.0.0", port: 8080 }); await new Promise((r) => setTimeout(r, 1000)); return "open"; }`,
        steal:
          `{ Deno.listen({ hostname: "${neighbour}", port: 8080 }); return "open"; }`,
        end: `Deno.exit(0)`,
      }).catch(async () => await bench.log("net"));
      const told = typeof own === "string" ? own : JSON.stringify(own);
      assert.match(told, /dial: got connected/);
      assert.match(told, /listen: got open/);
      assert.doesNotMatch(told, /(health|steal): got/);
    });

    await bench.step("bombs of heap and of buffers", async () => {
      await run(
        "heap",
        `const hoard = []; for (;;) hoard.push({ a: [hoard.length] });`,
      );
      const heap = await bench.end("heap");
      if (heap.reason !== "OOMKilled") {
        await bench.endsWith("heap", /out of memory/);
      }
      await run(
        "buffers",
        `const hoard = []; for (;;) hoard.push(new Uint8Array(1 << 20).fill(1));`,
      );
      assert.equal((await bench.end("buffers")).reason, "OOMKilled");
      await run(
        "workers",
        `const text = "data:text/javascript,for(;;);"; for (;;) { new Worker(text, { type: "module" }); await new Promise((r) => setTimeout(r, 1)); }`,
      );
      assert.equal((await bench.end("workers")).reason, "OOMKilled");
    });

    await bench.step("loops, timers and rejections without end", async () => {
      await run("spin", `console.log("begun"); for (;;);`);
      await run(
        "regex",
        `console.log("begun"); /^(a+)+$/.test("a".repeat(40) + "b");`,
      );
      await run(
        "timers",
        `console.log("begun"); for (let i = 0; i < 50000; i++) setInterval(() => {}, 0);`,
      );
      await run(
        "storm",
        `addEventListener("unhandledrejection", (event) => event.preventDefault());
         console.log("begun"); for (;;) { for (let i = 0; i < 1000; i++) Promise.reject(new Error("storm")); await new Promise((r) => setTimeout(r)); }`,
      );
      for (const name of ["spin", "regex", "timers", "storm"]) {
        await bench.prints(name, /begun/);
      }
      await soon();
      for (const name of ["spin", "regex", "timers", "storm"]) {
        await removeRunning(name);
      }
      await run("rejects", `Promise.reject(new Error("on purpose"));`);
      const { exitCode } = await bench.endsWith(
        "rejects",
        /Uncaught \(in promise\) Error: on purpose/,
      );
      assert.equal(exitCode, 1);
      await run(
        "deaf",
        `for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) Deno.addSignalListener(name, () => {}); console.log("begun"); setInterval(() => {}, 1000);`,
      );
      await bench.prints("deaf", /begun/);
      await removeRunning("deaf");
    });

    await bench.step("a flood of output", async () => {
      await run(
        "flood",
        `const line = new Uint8Array(1 << 16).fill(120); line[line.length - 1] = 10; for (;;) { Deno.stdout.writeSync(line); Deno.stderr.writeSync(line.subarray(1)); }`,
      );
      await bench.running("flood");
      const { uid } = (await rig.get("pods", "flood")).metadata;
      const logs = join(rig.agentFolder, "logs", `default_flood_${uid}`);
      let most = 0;
      await rig.until("it has been rotated", async () => {
        most = Math.max(most, await bytesBelow(logs).catch(() => 0));
        const names = await Array.fromAsync(Deno.readDir(join(logs, "main")));
        return names.some(({ name }) => name.endsWith(".1"));
      });
      await soon();
      most = Math.max(most, await bytesBelow(logs));
      assert.ok(most < MOST_LOG_BYTES, `${most} bytes of logs`);
      await removeRunning("flood");
    });

    await bench.step("stores that guests might share", async () => {
      const attempts = {
        local:
          `{ const before = localStorage.getItem("x"); localStorage.setItem("x", "y"); return before; }`,
        cache:
          `{ const cache = await caches.open("x"); const before = await cache.match("http://x/"); await cache.put("http://x/", new Response("y")); return before && "found"; }`,
        kv:
          `{ const kv = await Deno.openKv(); return (await kv.get(["x"])).value; }`,
      };
      const image = {
        container: { image: await bench.file("stores.mjs", "") },
      };
      for (const name of ["one", "two"]) {
        const text = Object.entries(attempts).map(([what, code]) =>
          `await attempt("${what}", async () => ${code});`
        );
        await bench.file(
          "stores.mjs",
          `${TRIES}${text.join("\n")}\nexport {};`,
        );
        await run(name, "", image);
        await bench.end(name);
        const log = await bench.log(name);
        assert.doesNotMatch(log, /got (y|found)/);
      }
    });
  },
});
