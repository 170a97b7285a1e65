/**
 * Deno pods on a node that has nothing but the agent: neither wasmtime nor containerd. As root with namespaces and control groups, else as far as an
 * ordinary user gets.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isMet, testWith } from "../../src/testing/needs.ts";
import { type Any, service } from "./objects.ts";
import { IS_ROOT, Rig } from "./rig.ts";

/** Bundles, by file name. */
const BUNDLES: Readonly<Record<string, string>> = {
  "echo.mjs": `
    let requests = 0;
    export default {
      async fetch(request) {
        const { pathname, searchParams } = new URL(request.url);
        const to = searchParams.get("fetch");
        if (to) return await fetch(to).catch((error) => new Response(String(error)));
        console.log(pathname);
        return new Response(Deno.env.get("POD_NAME") + " " + ++requests + "\\n");
      },
    };`,
  "print.mjs": `
    console.log(JSON.stringify(Deno.args));
    for (const name of ["GREETING", "LD_PRELOAD", "DENO_V8_FLAGS", "NODE_OPTIONS", "TZ", "comma,name", "MISSING"]) {
      console.log(name + "=" + Deno.env.get(name));
    }
    console.log(process.env.NODE_OPTIONS, new Date(0).getHours());`,
  "files.mjs": `
    const attempt = (what, act) => {
      try { console.log(what, act() ?? "done"); } catch (error) { console.log(what, error.name); }
    };
    attempt("config", () => Deno.readTextFileSync("/etc/app/greeting"));
    attempt("secret", () => Deno.readTextFileSync("/etc/key/token"));
    attempt("token", () => Deno.readTextFileSync("/var/run/secrets/kubernetes.io/serviceaccount/namespace"));
    attempt("first", () => Deno.readTextFileSync("/data/first"));
    attempt("write", () => Deno.writeTextFileSync("/data/second", "2"));
    attempt("write config", () => Deno.writeTextFileSync("/etc/app/other", "2"));
    attempt("write read-only", () => Deno.writeTextFileSync("/still/second", "2"));
    attempt("node", () => Deno.readTextFileSync("/etc/passwd"));`,
  "first.mjs": `Deno.writeTextFileSync("/data/first", "from init");`,
  "fail.mjs": `
    Deno.writeTextFileSync("/run/last-words", "I give up");
    console.log("about to fail");
    function deep() { throw new Error("no way"); }
    deep();`,
  "wait.mjs": `
    Deno.addSignalListener("SIGTERM", () => {
      console.log("got SIGTERM");
      setTimeout(() => { console.log("done"); Deno.exit(3); }, 300);
    });
    console.log("waiting");
    setInterval(() => {}, 1000);`,
};

testWith("Deno pods on a node without wasmtime and containerd", {
  needs: ["linux"],
  fn: async (t) => {
    await using _path = await pathWithoutEngines();
    const hasRoots = IS_ROOT || await hasNamespaces();
    await using rig = await Rig.open({
      agentArgs: ["--container-runtime-endpoint", "none"],
    });
    const images = join(rig.agentFolder, "images");
    await Deno.mkdir(images, { recursive: true });
    for (const [name, text] of Object.entries(BUNDLES)) {
      await Deno.writeTextFile(join(images, name), text);
    }

    await t.step("the node tells which Deno it has", async () => {
      const [node] = (await rig.call("GET", "/api/v1/nodes")).items;
      const { labels } = node.metadata;
      assert.equal(labels["wherry.dev/runtime-deno"], "true");
      assert.equal(labels["wherry.dev/deno-version"], Deno.version.deno);
      assert.equal(labels["wherry.dev/runtime-wasmtime"], undefined);
      assert.equal(
        node.status.nodeInfo.containerRuntimeVersion,
        `deno://${Deno.version.deno}`,
      );
    });

    await t.step("replicas serve behind a Service", async () => {
      await rig.create(
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "echo" },
          spec: {
            replicas: 3,
            selector: { matchLabels: { app: "echo" } },
            template: {
              metadata: { labels: { app: "echo" } },
              spec: {
                runtimeClassName: "deno",
                terminationGracePeriodSeconds: 10,
                containers: [{
                  name: "http",
                  image: "file:echo.mjs",
                  ports: [{ name: "http", containerPort: 8080 }],
                  env: [{
                    name: "POD_NAME",
                    valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
                  }],
                  readinessProbe: {
                    httpGet: { path: "/ready", port: "http" },
                    periodSeconds: 1,
                  },
                }],
              },
            },
          },
        },
        service("echo", { app: "echo" }),
      );
      await rig.ready("app=echo", 3, "echo");
      const { hostname, port } = await rig.address("echo");
      const seen = new Set<string>();
      // Each request on a connection of its own.
      using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
      await rig.until("all three have answered", async () => {
        const answer = await fetch(`http://${hostname}:${port}/hello`, {
          client,
        })
          .catch(() => undefined);
        const text = await answer?.text();
        if (text) seen.add(text.split(" ")[0]!);
        return seen.size === 3;
      });
    });

    await t.step("a program is run with arguments and variables", async () => {
      await rig.create(denoPod("print", "file:print.mjs", {
        command: ["print", "x y"],
        args: ["--flag", "$(GREETING)"],
        env: [
          { name: "GREETING", value: "hello" },
          { name: "LD_PRELOAD", value: "/evil.so" },
          { name: "DENO_V8_FLAGS", value: "--nonsense" },
          { name: "NODE_OPTIONS", value: "--require /evil.js" },
          { name: "TZ", value: "Asia/Tokyo" },
          { name: "comma,name", value: "odd" },
        ],
      }));
      assert.equal((await ended(rig, "print")).exitCode, 0);
      assert.equal(
        await logs(rig, "print"),
        [
          '["x y","--flag","hello"]',
          "GREETING=hello",
          "LD_PRELOAD=/evil.so",
          "DENO_V8_FLAGS=--nonsense",
          "NODE_OPTIONS=--require /evil.js",
          "TZ=Asia/Tokyo",
          "comma,name=odd",
          "MISSING=undefined",
          "--require /evil.js 9",
          "",
        ].join("\n"),
      );
    });

    await t.step("volumes are where the Pod says", async () => {
      await rig.create(
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "app" },
          data: { greeting: "hello" },
        },
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "key" },
          stringData: { token: "hunter2" },
        },
        denoPod("files", "file:files.mjs", {
          volumeMounts: [
            { name: "config", mountPath: "/etc/app", readOnly: true },
            { name: "key", mountPath: "/etc/key" },
            { name: "data", mountPath: "/data" },
            { name: "data", mountPath: "/still", readOnly: true },
          ],
        }, {
          initContainers: [{
            name: "init",
            image: "file:first.mjs",
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          }],
          volumes: [
            { name: "config", configMap: { name: "app" } },
            { name: "key", secret: { secretName: "key", defaultMode: 0o444 } },
            { name: "data", emptyDir: {} },
          ],
        }),
      );
      assert.equal((await ended(rig, "files")).exitCode, 0);
      assert.equal(
        await logs(rig, "files"),
        [
          "config hello",
          "secret hunter2",
          "token default",
          "first from init",
          "write done",
          "write config NotCapable",
          // Without a root of its own it is one folder with one name, which it may write.
          `write read-only ${hasRoots ? "NotCapable" : "done"}`,
          "node NotCapable",
          "",
        ].join("\n"),
      );
    });

    await t.step("an error that nobody catches is told", async () => {
      await rig.create(denoPod("fail", "file:fail.mjs", {
        terminationMessagePath: "/run/last-words",
      }, {
        restartPolicy: "OnFailure",
      }));
      await rig.until("it has run twice", async () => {
        const pod = await rig.get("pods", "fail");
        return pod.status.containerStatuses?.[0].restartCount >= 1;
      });
      const pod = await rig.get("pods", "fail");
      const { lastState } = pod.status.containerStatuses[0];
      assert.equal(lastState.terminated.exitCode, 1);
      const text = await logs(rig, "fail", "previous=true");
      assert.equal(lastState.terminated.message, "I give up", text);
      assert.match(text, /^about to fail$/m);
      assert.match(
        text,
        /Uncaught \(in promise\) Error: no way|Uncaught Error: no way|error: .*no way/,
      );
      assert.match(text, /at deep \(file:\/\/.*:4:/);
      if (hasRoots) {
        assert.match(text, /at deep \(file:\/\/\/fail\.mjs:4:/);
        assert.ok(!text.includes(rig.cluster.dir), text);
      }
      await rig.call("DELETE", "/api/v1/namespaces/default/pods/fail");
    });

    await t.step("a program gets SIGTERM and its grace", async () => {
      await rig.create(denoPod("wait", "file:wait.mjs", {}, {
        terminationGracePeriodSeconds: 20,
        finalizers: ["wherry.test/look"],
      }));
      await rig.until(
        "it waits",
        async () => (await logs(rig, "wait")).includes("waiting"),
      );
      const output = logs(rig, "wait", "follow=true");
      await rig.call("DELETE", "/api/v1/namespaces/default/pods/wait");
      const { exitCode } = await ended(rig, "wait");
      assert.equal(exitCode, 3);
      assert.equal(await output, "waiting\ngot SIGTERM\ndone\n");
      await rig.patch("pods", "wait", { metadata: { finalizers: null } });
    });

    await t.step("allow-net keeps it to its ports and peers", async () => {
      // In a network of its own a pod may have any port.
      const port = isMet("root") && isMet("cni") ? 80 : 8080;
      const web = denoPod("narrow", "file:echo.mjs", {
        ports: [{ containerPort: port }],
        env: [{ name: "POD_NAME", value: "narrow" }],
        readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      });
      web.metadata.annotations = {
        "wherry.dev/allow-net": "allowed.example:80",
      };
      await rig.create(web);
      await rig.ready("name=narrow", 1);
      const { podIP } = (await rig.get("pods", "narrow")).status;
      const ask = async (to: string) => {
        const url = `http://${podIP}:${port}/?fetch=${encodeURIComponent(to)}`;
        return await (await fetch(url)).text();
      };
      assert.match(await ask("http://127.0.0.1:10248/"), /NotCapable/);
      assert.doesNotMatch(await ask("http://allowed.example/"), /NotCapable/);
    });

    await t.step("what cannot be run says why", async () => {
      await Deno.writeTextFile(
        join(images, "imports.mjs"),
        `import "./other.js";`,
      );
      await rig.create(
        denoPod("source", "file:app.ts"),
        denoPod("imports", "file:imports.mjs"),
      );
      for (
        const [name, reason, why] of [
          ["source", "InvalidImageName", /wherry build/],
          ["imports", "ErrImagePull", /it imports "\.\/other\.js"/],
        ] as const
      ) {
        await rig.until(`${name} waits`, async () => {
          const pod = await rig.get("pods", name);
          const { waiting } = pod.status.containerStatuses?.[0].state ?? {};
          return waiting?.reason === reason && why.test(waiting.message) ||
            waiting?.reason === "ImagePullBackOff" && why.test(waiting.message);
        });
      }
    });
  },
});

/** Whether this machine gives an ordinary user namespaces in which it may mount. */
async function hasNamespaces(): Promise<boolean> {
  const { success } = await new Deno.Command("unshare", {
    args: [
      ...["--user", "--map-root-user", "--mount"],
      ...["mount", "-t", "tmpfs", "none", "/mnt"],
    ],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** Lets programs find what the network needs, and the system's own, but no engine. */
async function pathWithoutEngines(): Promise<AsyncDisposable> {
  const before = Deno.env.get("PATH") ?? "";
  const folder = await Deno.makeTempDir({ prefix: "wherry-path-" });
  for (const name of ["cni", "nft"]) {
    for (const place of before.split(":")) {
      const found = await Deno.stat(`${place}/${name}`).catch(() => undefined);
      if (!found) continue;
      await Deno.symlink(`${place}/${name}`, `${folder}/${name}`);
      break;
    }
  }
  Deno.env.set("PATH", `${folder}:/usr/sbin:/usr/bin:/sbin:/bin`);
  return {
    async [Symbol.asyncDispose]() {
      Deno.env.set("PATH", before);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function denoPod(
  name: string,
  image: string,
  container: Any = {},
  spec: Any = {},
): Any {
  const { finalizers, ...rest } = spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { name }, ...(finalizers && { finalizers }) },
    spec: {
      runtimeClassName: "deno",
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 1,
      containers: [{ name: "main", image, ...container }],
      ...rest,
    },
  };
}

async function ended(rig: Rig, name: string): Promise<Any> {
  let terminated: Any;
  await rig.until(`${name} ends`, async () => {
    const pod = await rig.get("pods", name);
    terminated = pod.status.containerStatuses?.[0].state.terminated;
    return terminated !== undefined;
  });
  return terminated;
}

function logs(rig: Rig, name: string, query = ""): Promise<string> {
  return rig.text(`/api/v1/namespaces/default/pods/${name}/log?${query}`)
    .catch(() => "");
}
