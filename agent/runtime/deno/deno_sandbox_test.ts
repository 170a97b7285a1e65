/**
 * Hostile bundles. As root, as an ordinary user with namespaces and as one without (`deno_rootless_test.ts`) they get the same answers.
 */
import assert from "node:assert/strict";
import { RuntimeError } from "../runtime.ts";
import { type DenoPod, denoTest } from "./deno_pod_rig.ts";

/** Tries everything that a bundle may not, and says what it got. `out` is a link in a writable volume to a folder of the machine. */
const INTRUDER = `
import fs, { readFileSync } from "node:fs";
import childProcess from "node:child_process";
import os from "node:os";
import vm from "node:vm";
import process from "node:process";
import { createRequire } from "node:module";
import { DatabaseSync } from "node:sqlite";
import { Session } from "node:inspector";
const attempt = async (what, act) => {
  try {
    const got = await act();
    console.log(got === undefined ? "refused " + what : "GOT " + what + ": " + String(got).slice(0, 80));
  } catch (error) {
    console.log("refused", what);
  }
};
const secret = "/etc/" + "hostname";
const literal = "data:application/javascript,export {default} from 'file:///etc/hostname' with {type:'text'}";
const ask = (name, options) => new Promise((resolve, reject) => {
  const worker = new Worker(name, { type: "module", ...options });
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
  worker.onerror = (event) => { event.preventDefault(); reject(event.error); };
});
const inner = "data:application/javascript,postMessage(Deno.readTextFileSync('/etc/hostname'))";
const read = (path) => Deno.readTextFileSync(path);
await attempt("a file", () => read(secret));
await attempt("a folder", () => [...Deno.readDirSync("/")].length);
await attempt("a file by node", () => fs.readFileSync(secret));
await attempt("a file by node's name", () => readFileSync(secret));
await attempt("a file by URL", async () => await (await fetch("file://" + secret)).text());
await attempt("its process", () => read("/proc/self/environ"));
await attempt("its memory", () => read("/proc/self/maps"));
await attempt("an open file", () => read("/proc/self/fd/5"));
await attempt("another process", () => read("/proc/1/cmdline"));
await attempt("up from a volume", () => read("/data/../etc/hostname"));
await attempt("a link out of a volume", () => read("/data/out/hostname"));
await attempt("writing by a link", () => (Deno.writeTextFileSync("/data/out/wherry-was-here", ""), "done"));
await attempt("a link of its own", () => (Deno.symlinkSync("/etc", "/data/mine"), read("/data/mine/hostname")));
await attempt("a hard link", () => (Deno.linkSync(secret, "/data/hard"), read("/data/hard")));
await attempt("a copy", () => (Deno.copyFileSync(secret, "/data/copy"), read("/data/copy")));
await attempt("a temporary file", () => Deno.makeTempFileSync());
await attempt("a temporary file elsewhere", () => Deno.makeTempFileSync({ dir: "/var/tmp" }));
await attempt("a file outside", () => (Deno.writeTextFileSync("/tmp/wherry-was-here", ""), "done"));
await attempt("a read-only volume", () => (Deno.writeTextFileSync("/still/new", ""), "done"));
await attempt("a read-only volume by node", () => (fs.writeFileSync("/still/new", ""), "done"));
await attempt("a command", () => new Deno.Command("/bin/sh", { args: ["-c", "id"] }).outputSync().code);
await attempt("a child", () => childProcess.execFileSync("/bin/echo", ["x"]));
await attempt("a fork", () => new Promise((resolve, reject) => childProcess.fork("/data/own.mjs").on("error", reject).on("spawn", () => resolve("spawned"))));
await attempt("a library", () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}));
await attempt("an addon", () => (process.dlopen({ exports: {} }, "/data/addon.node"), "loaded"));
await attempt("an addon by require", () => createRequire("/data/x.js")("/data/addon.node"));
await attempt("require", () => createRequire("/data/x.js")("/etc/os-release"));
await attempt("signals", () => (Deno.kill(1, "SIGCONT"), "sent"));
await attempt("signals to all", () => (process.kill(-1, 0), "sent"));
await attempt("the machine's name", () => Deno.hostname());
await attempt("the machine's addresses", () => JSON.stringify(os.networkInterfaces()));
await attempt("the kernel", () => Deno.osRelease());
await attempt("a variable", () => Deno.env.get("PATH"));
await attempt("the engine's variable", () => process.env.DENO_DIR);
await attempt("a proxy", () => (Deno.env.set("HTTPS_PROXY", "http://127.0.0.1:1"), Deno.env.get("HTTPS_PROXY")));
await attempt("an import", async () => (await import(secret, { with: { type: "text" } })).default);
await attempt("an import of JSON", async () => (await import("/etc/" + "x.json", { with: { type: "json" } })).default);
await attempt("an import within", async () => (await import([literal].join(""))).default);
await attempt("an import from elsewhere", async () => Object.keys(await import("https://" + "example.com/x.js")));
await attempt("a package", async () => Object.keys(await import("npm:" + "left-pad")));
await attempt("a worker's reading", () => ask(inner));
await attempt("a worker's import", () => ask("data:application/javascript,import x from 'file:///etc/hostname' with {type:'text'}; postMessage(x)"));
await attempt("another context", () => vm.runInNewContext("f()", { f: () => read(secret) }));
await attempt("a permission", async () => (await Deno.permissions.request({ name: "read" })).state === "granted" ? "all" : undefined);
await attempt("a store", () => (localStorage.setItem("a", "b"), localStorage.getItem("a")));
await attempt("a cache", async () => await caches.open("x"));
await attempt("a database", async () => await Deno.openKv());
await attempt("SQLite", () => new DatabaseSync("/tmp/wherry-was-here.db").prepare("select 1 as one").get().one);
await attempt("a debugger", () => (new Session().connect(), "connected"));
await attempt("a socket", () => Deno.listen({ transport: "unix", path: "/tmp/wherry-was-here.sock" }).addr);
await attempt("another's socket", async () => (await Deno.connect({ transport: "unix", path: "/run/wherry.sock" })).remoteAddr);
console.log("own " + read("/data/own"));
`;

denoTest("a bundle gets nothing but what its Pod gives it", async (pod) => {
  const { folder } = pod.rig;
  // Only a root of its own ends links that somebody else has put into a volume.
  const intruder = pod.rig.hasRoots
    ? INTRUDER
    : INTRUDER.replaceAll(/^.*\/data\/out\/.*\n/gm, "");
  await Deno.mkdir(`${folder}/data`);
  await Deno.chmod(folder, 0o755);
  await Deno.writeTextFile(`${folder}/data/own`, "volume");
  await Deno.symlink("/etc", `${folder}/data/out`);
  await Deno.chmod(`${folder}/data`, 0o777);
  await Deno.mkdir(`${folder}/still`);
  await Deno.chmod(`${folder}/still`, 0o777);
  const mount = (name: string, readOnly: boolean) => ({
    hostPath: `${folder}/${name}`,
    containerPath: `/${name}`,
    readOnly,
  });
  await pod.run(intruder, {
    mounts: [mount("data", false), mount("still", true)],
    env: [{ name: "OWN", value: "1" }],
  });
  const lines = await pod.output();
  // Workers' errors are told besides.
  assert.deepEqual(lines.filter((line) => /^(GOT|own) /.test(line)), [
    "own volume",
  ]);
  assert.equal(
    lines.filter((line) => line.startsWith("refused ")).length,
    intruder.match(/^await attempt\(/gm)!.length,
    lines.join("\n"),
  );
});

denoTest(
  "a bundle with variables that steer gets them as values",
  async (pod) => {
    const values = {
      LD_PRELOAD: "/data/evil.so",
      LD_LIBRARY_PATH: "/data",
      DENO_V8_FLAGS: "--no-such-flag",
      DENO_DIR: "/data/cache",
      DENO_PERMISSION_BROKER_PATH: "/data/broker",
      NODE_OPTIONS: "--require /data/evil.js",
      NODE_EXTRA_CA_CERTS: "/data/ca.pem",
      HTTP_PROXY: "http://user:pa55@proxy.example:1",
      PATH: "/data",
      HOME: "/data",
      WHERRY_VARIABLE_0: "mine",
      "with,comma": "1",
      "with*star": "2",
      "dotted.name": "3",
      "multi": "a\nb=c",
      NODE_ENV: "production",
    };
    await pod.run(
      `const all = Deno.env.toObject();
    const one = Object.fromEntries(${
        JSON.stringify(Object.keys(values))
      }.map((name) => [name, Deno.env.get(name)]));
    console.log(JSON.stringify([all, one, { ...process.env }, Deno.env.has("with,comma")]));`,
      { env: Object.entries(values).map(([name, value]) => ({ name, value })) },
    );
    const [line = ""] = await pod.output();
    const [all, one, node, has] = JSON.parse(line);
    const sorted = (object: object) => Object.entries(object).sort();
    assert.deepEqual(sorted(all), sorted(values));
    assert.deepEqual(one, values);
    assert.deepEqual(sorted(node), sorted(values));
    assert.equal(has, true);
  },
);

denoTest("no value of a variable stands in a command line", async (pod) => {
  const secret = `pa55-${crypto.randomUUID()}`;
  await pod.run(["sleep", "60000"], {
    env: [
      { name: "PASSWORD", value: secret },
      { name: "HTTP_PROXY", value: secret },
      { name: "odd,name", value: secret },
    ],
  });
  for await (const { name } of Deno.readDir("/proc")) {
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    assert.ok(!line.includes(secret), line);
  }
});

for (
  const [what, annotation, got] of [
    ["everything", undefined, ["open open", "listens", "listens"]],
    ["its own ports", "none", ["closed closed", "listens", "closed"]],
    ["its peers", "127.0.0.1:9", ["open closed", "listens", "closed"]],
    ["a host", "127.0.0.1", ["open open", "listens", "listens"]],
  ] as const
) {
  denoTest(
    `wherry.dev/allow-net ${
      JSON.stringify(annotation)
    } leaves a bundle ${what}`,
    async (pod) => {
      await pod.run(
        `const dial = async (port) => {
        try { (await Deno.connect({ hostname: "127.0.0.1", port })).close(); return "open"; }
        catch (error) { return error.name === "NotCapable" ? "closed" : "open"; }
      };
      const listen = (port) => {
        try { Deno.listen({ hostname: "127.0.0.1", port }).close(); return "listens"; }
        catch (error) { return error.name === "NotCapable" ? "closed" : "listens"; }
      };
      console.log(await dial(9), await dial(10));
      console.log(listen(18431));
      console.log(listen(18432));`,
        { ports: [{ containerPort: 18431, protocol: "TCP" }] },
        {
          hostNetwork: true,
          annotations: annotation === undefined
            ? {}
            : { "wherry.dev/allow-net": annotation },
        },
      );
      assert.deepEqual(await pod.output(), got);
    },
  );
}

denoTest("a proxy leads no bundle around wherry.dev/allow-net", async (pod) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy = `http://127.0.0.1:${listener.addr.port}`;
  let calls = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      calls++;
      connection.close();
    }
  })();
  await pod.run(
    `Deno.env.set("HTTP_PROXY", ${JSON.stringify(proxy)});
    await fetch("http://allowed.example/").catch(() => {});
    console.log(Deno.env.get("HTTP_PROXY"));`,
    { env: [{ name: "HTTP_PROXY", value: proxy }] },
    { annotations: { "wherry.dev/allow-net": "allowed.example" } },
  );
  assert.deepEqual(await pod.output(), [proxy]);
  listener.close();
  await serving;
  assert.equal(calls, 0);
});

denoTest("what is no bundle is refused when it is pulled", async (pod) => {
  const refused = async (text: string, why: RegExp) => {
    const image = await pod.rig.image("wrong.mjs", text);
    await assert.rejects(
      pod.runtime.pullImage(image, { signal: AbortSignal.timeout(9_000) }),
      (error) =>
        error instanceof RuntimeError && error.reason === "ErrImagePull" &&
        why.test(error.message),
    );
    assert.equal(await pod.runtime.imageStatus(image), undefined);
  };
  await refused(
    `import x from "/etc/passwd" with { type: "text" };`,
    /imports "\/etc\/passwd"/,
  );
  await refused(`export * from "https://example.com/x.js";`, /imports "https:/);
  await refused(`import "./side.js";`, /wherry build/);
  await refused(`const a = 1;\nconst b = "unterminated;\n`, /in line 2/);
  await assert.rejects(
    pod.runtime.pullImage("file:///app.ts", {
      signal: AbortSignal.timeout(9_000),
    }),
    (error) =>
      error instanceof RuntimeError && error.reason === "InvalidImageName" &&
      /it is TypeScript.*wherry build/.test(error.message),
  );
});

denoTest(
  "more memory than the limit ends a bundle as OOMKilled",
  async (pod) => {
    for (const what of ["hoard", "litter"]) {
      await pod.run([what], { resources: { memoryLimitBytes: 96 * 2 ** 20 } });
      const { exitCode, reason } = await pod.ended();
      assert.deepEqual({ exitCode, reason }, {
        exitCode: 137,
        reason: "OOMKilled",
      }, what);
      await pod.runtime.removeSandbox(pod.sandboxId);
    }
  },
  ["root"],
);

denoTest("a processor's share bounds an endless loop", async (pod) => {
  await pod.run(["spin"], {
    resources: { cpuQuota: 10_000, cpuPeriod: 100_000 },
  });
  const place = await pod.runtime.containerPlace(pod.id);
  assert.ok(place?.cgroupPath);
  const v2 = await Deno.stat("/sys/fs/cgroup/cgroup.controllers").catch(() =>
    undefined
  );
  const text = await Deno.readTextFile(
    v2
      ? `/sys/fs/cgroup${place.cgroupPath}/cpu.max`
      : `/sys/fs/cgroup/cpu${place.cgroupPath}/cpu.cfs_quota_us`,
  );
  assert.match(text, /^10000\b/);
}, ["root"]);

/** The lines of what a bundle printed, without those that only tell where Deno's own code is. */
async function traceOf(pod: DenoPod): Promise<string> {
  return (await pod.output()).filter((line) => !line.includes("ext:")).join(
    "\n",
  );
}

denoTest(
  "an error that nobody catches is told by the image's name, and ends with 1",
  async (pod) => {
    await pod.run(`function deep() {\n  null.field;\n}\ndeep();`);
    const { exitCode, reason } = await pod.ended();
    assert.deepEqual({ exitCode, reason }, { exitCode: 1, reason: "Error" });
    const trace = await traceOf(pod);
    assert.match(trace, /TypeError: Cannot read properties of null/);
    assert.match(trace, /at deep \(file:\/\/\/.*guest\.mjs:2:/);
  },
  ["root"],
);

denoTest(
  "a program gets SIGTERM, and the grace to end in its own way",
  async (pod) => {
    await pod.run(["trap", "print", "ready", "sleep", "60000"]);
    const lines: string[] = [];
    for await (
      const { line } of pod.runtime.logs(pod.id, {
        follow: true,
        signal: AbortSignal.timeout(60_000),
      })
    ) {
      lines.push(new TextDecoder().decode(line));
      if (lines.at(-1) === "ready") {
        await pod.runtime.stopContainer(
          pod.id,
          20_000,
        );
      }
    }
    assert.deepEqual(lines, ["ready", "got SIGTERM", "done"]);
    assert.equal((await pod.status()).exitCode, 5);
  },
);

denoTest("exit codes are the program's", async (pod) => {
  for (const code of [0, 3, 200, 255]) {
    await pod.run(["exit", String(code)]);
    assert.equal((await pod.ended()).exitCode, code);
    await pod.runtime.removeSandbox(pod.sandboxId);
  }
});
