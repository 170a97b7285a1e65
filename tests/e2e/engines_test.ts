/**
 * What the agent does for containers of both engines alike, without containerd: pods with containers of each, probes and hooks of every kind, last words,
 * output, usage.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, guest } from "./objects.ts";
import { isReady, Rig } from "./rig.ts";

const BUNDLES: Readonly<Record<string, string>> = {
  // Asks the module beside it, and tells on a port and in a file.
  "client.mjs": `
    const url = "http://" + Deno.env.get("POD_IP") + ":8080/from-deno";
    for (;;) {
      try {
        const text = await (await fetch(url)).text();
        await Deno.writeTextFile("/shared/answer", text);
        console.log(text.trim());
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    setInterval(() => {}, 1000);`,
  // The health service of gRPC, by hand.
  "health.mjs": `
    import http2 from "node:http2";
    const server = http2.createServer();
    server.on("stream", (stream) => {
      stream.on("data", () => {});
      stream.on("end", () => {
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(new Uint8Array([0, 0, 0, 0, 2, 8, 1]));
      });
    });
    server.listen(50051, Deno.env.get("POD_IP"));`,
  // Tells who asked, and how it was told to end.
  "hooked.mjs": `
    Deno.addSignalListener("SIGUSR1", () => {
      console.log("got SIGUSR1");
      Deno.exit(7);
    });
    Deno.serve({ port: 8080, hostname: Deno.env.get("POD_IP"), onListen() {} }, (request) => {
      console.log(new URL(request.url).pathname);
      return new Response("ok");
    });`,
  "words.mjs": `
    console.log("out");
    console.error("err");
    if (Deno.args[0]) Deno.writeTextFileSync(Deno.args[0], "last words");
    Deno.exit(3);`,
};

const POD_IP = {
  name: "POD_IP",
  valueFrom: { fieldRef: { fieldPath: "status.podIP" } },
};

testWith("containers of both engines", {
  needs: ["linux", "wasmtime"],
  fn: async (t) => {
    await using rig = await Rig.open({
      agentArgs: ["--container-runtime-endpoint", "none"],
    });
    const images = join(rig.agentFolder, "images");
    await Deno.mkdir(images, { recursive: true });
    for (const [name, text] of Object.entries(BUNDLES)) {
      await Deno.writeTextFile(join(images, name), text);
    }
    const wherry = async (...args: string[]) => {
      const { code, stdout, stderr } = await rig.cluster.wherry(...args);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const events = async (name: string): Promise<string> =>
      (await rig.list("events"))
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`).join("\n");
    const told = (name: string, why: RegExp) =>
      rig.until(
        `${name} is told ${why}`,
        async () => why.test(await events(name)),
      );
    const pod = (
      name: string,
      engine: string,
      container: Any,
      spec: Any = {},
    ): Any => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { name } },
      spec: {
        runtimeClassName: engine,
        terminationGracePeriodSeconds: 5,
        containers: [{ name: "main", ...container }],
        ...spec,
      },
    });
    const main = async (name: string): Promise<Any> =>
      (await rig.get("pods", name)).status.containerStatuses?.[0];

    await t.step("one pod of a module and a program", async () => {
      const volumeMounts = [{ name: "shared", mountPath: "/shared" }];
      const pair = pod("pair", "wasmtime", {
        image: guest("http_echo"),
        ports: [{ containerPort: 8080 }],
        env: [{ name: "POD_NAME", value: "pair" }],
        readinessProbe: {
          httpGet: { path: "/", port: 8080 },
          periodSeconds: 1,
        },
      }, {
        volumes: [{ name: "shared", emptyDir: {} }],
        initContainers: [{
          name: "before",
          image: guest("exerciser"),
          args: ["write", "/shared/first", "by a module"],
          volumeMounts,
        }],
      });
      pair.metadata.annotations = { "wherry.dev/runtime.client": "deno" };
      pair.spec.containers.push({
        name: "client",
        image: "file:client.mjs",
        env: [POD_IP],
        volumeMounts,
      }, {
        name: "reader",
        image: guest("exerciser"),
        args: ["read", "/shared/first", "sleep", "100000000"],
        volumeMounts,
      });
      await rig.create(pair);
      await rig.ready("name=pair", 1);
      await rig.until(
        "it has its answer",
        async () => (await wherry("logs", "pair", "-c", "client")) !== "",
      );
      assert.equal(
        await wherry("logs", "pair", "-c", "client"),
        "hello from pair, asked for /from-deno\n",
      );
      assert.equal(
        await wherry("logs", "pair", "-c", "reader"),
        "by a module\n",
      );
      const file = join(rig.cluster.dir, "answer");
      await wherry("cp", "pair:/shared/answer", file, "-c", "reader");
      assert.equal(
        await Deno.readTextFile(file),
        "hello from pair, asked for /from-deno\n",
      );
      const ids = async () =>
        (await rig.get("pods", "pair")).status.containerStatuses
          .map(({ name, containerID }: Any) => `${name} ${containerID}`);
      const before = await ids();
      assert.match(
        before.join(),
        /client deno:\/\/\w+,main wasmtime:\/\/\w+,reader wasmtime:\/\//,
      );
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
      await rig.ready("name=pair", 1);
      assert.deepEqual(await ids(), before);
      await rig.call("DELETE", "/api/v1/namespaces/default/pods/pair");
      await rig.until(
        "it is gone",
        async () => (await rig.list("pods", "name=pair")).length === 0,
      );
      for (const engine of ["wasmtime", "deno"]) {
        const state = join(rig.agentFolder, engine);
        for (const part of ["sandboxes", "containers"]) {
          assert.deepEqual([...Deno.readDirSync(join(state, part))], []);
        }
      }
    });

    await t.step("probes by gRPC, TCP and HTTP", async () => {
      await rig.create(
        pod("health", "deno", {
          image: "file:health.mjs",
          env: [POD_IP],
          startupProbe: {
            tcpSocket: { port: 50051 },
            periodSeconds: 1,
            failureThreshold: 60,
          },
          livenessProbe: { grpc: { port: 50051 }, periodSeconds: 1 },
          readinessProbe: { grpc: { port: 50051 }, periodSeconds: 1 },
        }),
        pod("away", "wasmtime", {
          image: guest("http_echo"),
          ports: [{ containerPort: 8080 }],
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
          livenessProbe: {
            grpc: { port: 8080 },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        }),
      );
      await rig.ready("name=health", 1);
      await rig.until(
        "what is not well is restarted",
        async () => (await main("away"))?.restartCount > 0,
      );
      await told("away", /Unhealthy: Liveness probe failed: /);
      assert.equal((await main("health")).restartCount, 0);
    });

    await t.step("commands of probes and hooks say why not", async () => {
      const running: Any = {
        wasmtime: { image: guest("exerciser"), args: ["sleep", "100000000"] },
        deno: { image: "file:hooked.mjs", env: [POD_IP] },
      };
      const exec = { exec: { command: ["true"] } };
      for (const [engine, container] of Object.entries<Any>(running)) {
        await rig.create(
          pod(`probed-${engine}`, engine, {
            ...container,
            readinessProbe: { ...exec, periodSeconds: 1 },
            livenessProbe: { ...exec, periodSeconds: 1, failureThreshold: 1 },
          }),
          pod(`started-${engine}`, engine, {
            ...container,
            lifecycle: { postStart: exec },
          }),
        );
      }
      for (const engine of Object.keys(running)) {
        const kind = engine === "deno" ? "Deno" : "WASM";
        await told(
          `probed-${engine}`,
          new RegExp(
            `Unhealthy: Readiness probe errored and resulted in unknown state: .*not possible in a ${kind} container.*httpGet, tcpSocket and grpc work`,
          ),
        );
        await told(`started-${engine}`, /FailedPostStartHook: /);
        const { restartCount } = await main(`probed-${engine}`);
        assert.equal(restartCount, 0);
        assert.equal(isReady(await rig.get("pods", `probed-${engine}`)), false);
      }
    });

    await t.step(
      "hooks by HTTP, TCP and sleep, and a signal of choice",
      async () => {
        const hooked = pod("hooked", "deno", {
          image: "file:hooked.mjs",
          env: [POD_IP],
          startupProbe: {
            httpGet: { path: "/started", port: 8080 },
            periodSeconds: 1,
            failureThreshold: 60,
          },
          lifecycle: {
            preStop: { httpGet: { path: "/stopping", port: 8080 } },
            stopSignal: "SIGUSR1",
          },
        }, { os: { name: "linux" } });
        hooked.spec.containers.push({
          name: "slept",
          image: "file:health.mjs",
          env: [POD_IP],
          lifecycle: {
            postStart: { sleep: { seconds: 1 } },
            preStop: { tcpSocket: { port: 50051 } },
          },
        });
        hooked.metadata.finalizers = ["wherry.test/look"];
        await rig.create(hooked);
        await rig.ready("name=hooked", 1);
        const output = rig.text(
          "/api/v1/namespaces/default/pods/hooked/log?container=main&follow=true",
        );
        await rig.call("DELETE", "/api/v1/namespaces/default/pods/hooked");
        await rig.until(
          "it has ended",
          async () => (await main("hooked")).state.terminated !== undefined,
        );
        const { exitCode } = (await main("hooked")).state.terminated;
        const text = await output;
        assert.equal(exitCode, 7, text);
        assert.match(text, /^\/started\n[^]*\/stopping\ngot SIGUSR1\n$/);
        assert.doesNotMatch(await events("hooked"), /Failed\w+Hook/);
        await rig.patch("pods", "hooked", { metadata: { finalizers: null } });
      },
    );

    await t.step("last words, output and usage", async () => {
      const WORDS: Any = {
        wasmtime: (path: string) => ({
          image: guest("exerciser"),
          args: [
            ...["print", "out", "error", "err"],
            ...path ? ["write", path, "last words"] : [],
            ...["exit", "3"],
          ],
        }),
        deno: (path: string) => ({
          image: "file:words.mjs",
          args: path ? [path] : [],
        }),
      };
      for (const [engine, words] of Object.entries<Any>(WORDS)) {
        const path = "/run/last/words";
        const ending = pod(`words-${engine}`, engine, {
          ...words(path),
          terminationMessagePath: path,
        }, { restartPolicy: "OnFailure" });
        ending.spec.containers.push({
          name: "fallback",
          ...words(""),
          terminationMessagePolicy: "FallbackToLogsOnError",
        });
        await rig.create(ending);
      }
      for (const engine of Object.keys(WORDS)) {
        const name = `words-${engine}`;
        let statuses: Any[] = [];
        await rig.until("both have run twice", async () => {
          statuses = (await rig.get("pods", name)).status.containerStatuses ??
            [];
          return statuses.length === 2 &&
            statuses.every(({ restartCount }) => restartCount > 0);
        });
        const said = new Map(
          statuses.map((one) => [one.name, one.lastState.terminated]),
        );
        assert.equal(said.get("main").exitCode, 3);
        assert.equal(said.get("main").message.trim(), "last words", engine);
        assert.match(said.get("fallback").message, /^(out\nerr|err\nout)\n$/);
        const previous = await wherry("logs", "-p", name, "-c", "fallback");
        assert.deepEqual(previous.trim().split("\n").sort(), ["err", "out"]);
        const all = await wherry(
          "logs",
          name,
          "--all-containers",
          "--timestamps",
        );
        const stamped =
          /^(\[\S+\] )?\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z (out|err)$/;
        const lines = all.trim().split("\n");
        assert.ok(lines.length >= 2, all);
        for (const line of lines) assert.match(line, stamped);
      }
      await rig.until("top tells of both engines", async () => {
        const { stdout } = await rig.cluster.wherry("top", "pods");
        return ["health", "probed-wasmtime"].every((name) =>
          new RegExp(`^${name}\\s+\\d+m\\s+[1-9]\\d*Mi`, "m").test(stdout)
        );
      });
    });
  },
});
