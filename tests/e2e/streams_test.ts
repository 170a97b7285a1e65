/**
 * kubectl's streams into real containers: server, agent and containerd as processes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ChannelClient } from "../../src/apiserver/testing/channel_client.ts";
import { testWith } from "../../src/testing/needs.ts";
import type { Running } from "../support/cluster.ts";
import { shellPod } from "./objects.ts";
import { Rig } from "./rig.ts";

const MIB = 1024 * 1024;
const FILE_BYTES = 100 * MIB;
/** What the server may take more while a hundred megabytes wait to pass: all buffers on the way, and garbage not yet collected. */
const GROWTH_BYTES = 64 * MIB;

/** Runs kubectl in a folder. */
async function kubectl(
  rig: Rig,
  args: readonly string[],
  options: { cwd?: string; stdin?: string; pipe?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const quoted = args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`);
  const feed = options.stdin === undefined ? "</dev/null" : `<${options.stdin}`;
  const pipe = options.pipe === undefined ? "" : ` | ${options.pipe}`;
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `kubectl ${quoted.join(" ")} ${feed}${pipe}`],
    env: { KUBECONFIG: rig.cluster.kubeconfig, HOME: rig.cluster.dir },
    cwd: options.cwd ?? rig.cluster.dir,
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Resident memory of a program that is no page of a file. */
async function anonymousBytes({ pid }: Running): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** The most that a program grew while `work` ran. */
async function growth(
  program: Running,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = await anonymousBytes(program);
  let most = before;
  let over = false;
  const done = work().finally(() => over = true);
  while (!over) {
    most = Math.max(most, await anonymousBytes(program));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await done;
  return most - before;
}

testWith("kubectl's streams reach containers", {
  needs: ["root", "containerd", "kubectl"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    await rig.create(
      shellPod(
        "box",
        "busybox ln -s busybox /bin/tar; httpd -p 8080 -h /; while true; do sleep 1; done",
      ),
      shellPod("talker", "while read line; do echo got $line; done", {
        container: { stdin: true, stdinOnce: true },
      }),
    );
    for (const name of ["box", "talker"]) await rig.ready(`name=${name}`, 1);
    const { dir } = rig.cluster;
    const file = join(dir, "file");
    const bytes = new Uint8Array(FILE_BYTES);
    for (let at = 0; at < bytes.length; at += 65536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65536));
    }
    await Deno.writeFile(file, bytes);

    await t.step(
      "exec: both outputs, the exit status, a missing program",
      async () => {
        const script = "echo out; echo err >&2; exit 7";
        assert.deepEqual(
          await kubectl(rig, ["exec", "box", "--", "sh", "-c", script]),
          {
            code: 7,
            stdout: "out\n",
            stderr: "err\ncommand terminated with exit code 7\n",
          },
        );
        const missing = await kubectl(rig, ["exec", "box", "--", "nosuch"]);
        assert.equal(missing.code, 1);
        assert.match(missing.stderr, /"nosuch": executable file not found/);
      },
    );

    await t.step("exec: a terminal", async () => {
      const { code, stdout } = await new Deno.Command("script", {
        args: [
          "-qec",
          "kubectl exec -it box -- sh -c 'test -t 0 && echo tty; exit 3'",
          "/dev/null",
        ],
        env: { KUBECONFIG: rig.cluster.kubeconfig, HOME: dir },
      }).output();
      // script types an end of input, which the terminal may show before kubectl has it.
      assert.match(new TextDecoder().decode(stdout), /tty\r\n/);
      assert.equal(code, 3);
    });

    await t.step("cp: 100 MB there and back, byte for byte", async () => {
      const up = await kubectl(rig, ["cp", "file", "box:/file"]);
      assert.equal(up.code, 0, up.stderr);
      const down = await kubectl(rig, ["cp", "box:/file", "back"]);
      assert.equal(down.code, 0, down.stderr);
      const back = await Deno.readFile(join(dir, "back"));
      assert.ok(back.length === bytes.length);
      assert.ok(back.every((byte, i) => byte === bytes[i]), "other bytes");
    });

    await t.step(
      "what a container or a client does not take stays out of the server's memory",
      async () => {
        const up = await growth(rig.server, async () => {
          const { stdout } = await kubectl(
            rig,
            ["exec", "-i", "box", "--", "sh", "-c", "sleep 4; wc -c"],
            { stdin: "file" },
          );
          assert.equal(stdout.trim(), String(FILE_BYTES));
        });
        const down = await growth(rig.server, async () => {
          const { stdout } = await kubectl(
            rig,
            ["exec", "box", "--", "cat", "/file"],
            { pipe: "(sleep 4; wc -c)" },
          );
          assert.equal(stdout.trim(), String(FILE_BYTES));
        });
        assert.ok(up < GROWTH_BYTES, `${up} bytes more on the way up`);
        assert.ok(down < GROWTH_BYTES, `${down} bytes more on the way down`);
      },
    );

    await t.step("port-forward: 100 MB", async () => {
      const child = new Deno.Command("kubectl", {
        args: ["port-forward", "pod/box", ":8080"],
        env: { KUBECONFIG: rig.cluster.kubeconfig, HOME: dir },
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const reader = child.stdout.getReader();
      const line = new TextDecoder().decode((await reader.read()).value);
      const port = /127\.0\.0\.1:(\d+)/.exec(line)![1];
      const answer = await fetch(`http://127.0.0.1:${port}/file`);
      const got = await answer.bytes();
      assert.ok(got.length === bytes.length);
      assert.ok(got.every((byte, i) => byte === bytes[i]), "other bytes");
      child.kill();
      await reader.cancel();
      await child.status;
    });

    await t.step("proxy: pod and node", async () => {
      const raw = (path: string) => kubectl(rig, ["get", "--raw", path]);
      const pod = "/api/v1/namespaces/default/pods/box:8080/proxy/nothing";
      assert.match((await raw(pod)).stderr, /could not find|404/);
      const health = await raw("/api/v1/nodes/n1/proxy/healthz");
      assert.equal(health.stdout, "ok");
    });

    await t.step("attach: the process' own input and output", async () => {
      await Deno.writeTextFile(join(dir, "lines"), "hello\n");
      const { stdout } = await kubectl(rig, ["attach", "-i", "talker"], {
        stdin: "lines",
      });
      assert.match(stdout, /got hello/);
    });

    await t.step("run -i --rm", async () => {
      const { image } = shellPod("x", "").spec.containers[0];
      await Deno.writeTextFile(join(dir, "script"), "echo from within\n");
      const { code, stdout } = await kubectl(rig, [
        ...["run", "once", "-i", "--rm", "--restart=Never"],
        ...[`--image=${image}`, "--image-pull-policy=Never", "--", "sh"],
      ], { stdin: "script" });
      assert.equal(code, 0);
      assert.match(stdout, /from within\n(.*\n)*pod "once" deleted/);
    });

    await t.step("100 sessions at once", async () => {
      const { url } = rig.cluster;
      const { token, ca } = await rig.cluster.credentials();
      const path = "/api/v1/namespaces/default/pods/box/exec" +
        "?command=cat&stdin=true&stdout=true";
      const clients = await Promise.all(
        Array.from(
          { length: 100 },
          () => ChannelClient.open({ url, token, ca }, path),
        ),
      );
      // all are open and running before the first one ends
      const answers = clients.map(async (client, i) => {
        client.send(0, `session ${i}`);
        return await client.next();
      });
      assert.deepEqual(
        await Promise.all(answers),
        clients.map((_, i) => [1, `session ${i}`]),
      );
      await Promise.all(clients.map(async (client) => {
        client.socket.send(new Uint8Array([255, 0]));
        const [channel, status] = (await client.next())!;
        assert.equal(channel, 3);
        assert.equal(JSON.parse(status).status, "Success");
        assert.equal(await client.closed, 1000);
      }));
    });
  },
});
