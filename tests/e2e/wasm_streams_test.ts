/**
 * kubectl's streams and a WASM pod: what there is of them, and what it says where there is none. As root on the pod network, else on loopback addresses.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { guest, wasmPod } from "./objects.ts";
import { IS_ROOT, LOOPBACK_RANGES, Rig } from "./rig.ts";

testWith("kubectl's streams and a WASM pod", {
  needs: ["linux", "wasmtime", "kubectl"],
  fn: async (t) => {
    await using rig = await Rig.open({
      serverArgs: IS_ROOT ? [] : LOOPBACK_RANGES,
      agentArgs: ["--container-runtime-endpoint", "none"],
    });
    const secret = `pa55-${crypto.randomUUID()}`;
    await rig.create(
      wasmPod("talker", ["lines", "600", "100"]),
      wasmPod("web", [], {
        container: {
          image: guest("http_echo"),
          args: [],
          ports: [{ containerPort: 8080 }],
          env: [{ name: "POD_NAME", value: "web" }, {
            name: "PASSWORD",
            value: secret,
          }],
        },
      }),
    );
    for (const name of ["talker", "web"]) await rig.ready(`name=${name}`, 1);
    const env = { KUBECONFIG: rig.cluster.kubeconfig, HOME: rig.cluster.dir };
    const kubectl = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("kubectl", {
        args,
        env,
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      };
    };

    await t.step("exec says that it is not possible", async () => {
      const { code, stderr } = await kubectl("exec", "web", "--", "ls");
      assert.equal(code, 1);
      assert.match(stderr, /not possible in a WASM container/);
    });

    await t.step("attach shows what it prints from now on", async () => {
      const child = new Deno.Command("kubectl", {
        args: ["attach", "talker"],
        env,
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      let seen = "";
      for await (const chunk of child.stdout) {
        seen += new TextDecoder().decode(chunk);
        if (/line \d+\nline \d+\n/.test(seen)) break;
      }
      assert.doesNotMatch(seen, /line 1\n/);
      child.kill("SIGKILL");
      await child.status;
    });

    await t.step(
      "logs: the last lines, with their times to the nanosecond",
      async () => {
        // The very last line may be on its way, and others come while the log is read: the first is whole and no early one.
        const last = ["logs", "talker", "--tail=2"];
        const { stdout } = await kubectl(...last);
        assert.match(stdout, /^line \d+\n/);
        assert.doesNotMatch(stdout, /line 1\n/);
        const { stdout: stamped } = await kubectl(...last, "--timestamps");
        assert.match(
          stamped,
          /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z line \d+\n/,
        );
      },
    );

    await t.step("port-forward and proxy reach it", async () => {
      const child = new Deno.Command("kubectl", {
        args: ["port-forward", "pod/web", ":8080"],
        env,
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const reader = child.stdout.getReader();
      const line = new TextDecoder().decode((await reader.read()).value);
      const port = /127\.0\.0\.1:(\d+)/.exec(line)![1];
      // One after the other, each ended by the client: that is not the session's end.
      for (const path of ["/x", "/y", "/z"]) {
        using client = Deno.createHttpClient({});
        const url = `http://127.0.0.1:${port}${path}`;
        const text = await (await fetch(url, { client })).text();
        assert.equal(text, `hello from web, asked for ${path}\n`);
      }
      child.kill();
      await reader.cancel();
      await child.status;
      const path = "/api/v1/namespaces/default/pods/web:8080/proxy/y";
      const { stdout, stderr } = await kubectl("get", "--raw", path);
      assert.equal(stdout, "hello from web, asked for /y\n", stderr);
    });

    await t.step(
      "debug: what cannot run there says why, and the pod goes on",
      async () => {
        const path = "/api/v1/namespaces/default/pods/web";
        const look = { name: "shell", image: "file:busybox" };
        // kubectl debug takes no name of a file for an image.
        const tool = { name: "tool", image: guest("exerciser") };
        const near = { ...tool, name: "near", targetContainerName: "main" };
        const put = await rig.call("PATCH", `${path}/ephemeralcontainers`, {
          spec: { ephemeralContainers: [look, tool, near] },
        });
        assert.equal(put.kind, "Pod", put.message);
        const waiting: Record<string, { reason: string; message: string }> = {};
        await rig.until("they are told of", async () => {
          const { status } = await rig.call("GET", path);
          for (const one of status.ephemeralContainerStatuses ?? []) {
            waiting[one.name] = one.state.waiting;
          }
          return [waiting["shell"], waiting["near"]].every((one) =>
            one?.message
          ) && "tool" in waiting && waiting["tool"] === undefined;
        });
        assert.equal(waiting["shell"]!.reason, "InvalidImageName");
        assert.match(waiting["shell"]!.message, /image name "file:busybox"/);
        assert.equal(waiting["near"]!.reason, "CreateContainerError");
        assert.match(waiting["near"]!.message, /leave targetContainerName out/);
        await rig.ready("name=web", 1);
      },
    );

    await t.step(
      "no command line shows a value of its environment",
      async () => {
        for await (const { name: pid } of Deno.readDir("/proc")) {
          if (!/^\d+$/.test(pid)) continue;
          const line = await Deno.readTextFile(`/proc/${pid}/cmdline`)
            .catch(() => "");
          assert.ok(!line.includes(secret), `process ${pid}`);
        }
      },
    );
  },
});
