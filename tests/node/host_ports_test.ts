/** Ports of the node that lead to pods: from the node, from 127.0.0.1, from other pods; also while no agent runs. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { Any } from "../e2e/objects.ts";
import { processes } from "../e2e/processes.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { eventsOf, gone, said, shellPod } from "./config_pods.ts";

/** An address of this machine that is not 127.0.0.1. */
const NODE_IP = "192.0.2.10";

async function command(program: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(program, { args }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

function serving(name: string, ports: Any[], script: string): Any {
  return shellPod(name, {
    script: `mkdir -p /www && echo ${name} >/www/index.html; ${script}`,
    container: { ports },
  });
}

/** What a web server answers; undefined when there is none. */
async function page(address: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://${address}/index.html`, {
      signal: AbortSignal.timeout(2_000),
    });
    return (await answer.text()).trim();
  } catch {
    return undefined;
  }
}

/** What comes back for a datagram; undefined when nothing does. */
function echo(address: string, port: number): Promise<string | undefined> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    const end = (text?: string) => {
      clearTimeout(timer);
      socket.close();
      resolve(text);
    };
    const timer = setTimeout(() => end(), 1_000);
    socket.on("message", (data) => end(data.toString().trim()));
    socket.on("error", () => end());
    socket.send("ping\n", port, address);
  });
}

/** Sends datagrams back, on a port of a pod: the image has nothing that could. */
function echoServer(pid: number, port: number): Deno.ChildProcess {
  const code =
    `const socket = (await import("node:dgram")).createSocket("udp4");
socket.on("message", (data, from) => socket.send(data, from.port, from.address));
socket.bind(${port});`;
  return new Deno.Command("nsenter", {
    args: ["--target", String(pid), "--net", Deno.execPath(), "eval", code],
  }).spawn();
}

async function rules(): Promise<string> {
  const { stdout } = await new Deno.Command("nft", {
    args: ["list", "ruleset"],
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "ports of the node lead to pods",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await command("ip", "address", "add", `${NODE_IP}/32`, "dev", "lo");
    await using _address = {
      [Symbol.asyncDispose]: () =>
        command("ip", "address", "delete", `${NODE_IP}/32`, "dev", "lo"),
    };
    await using rig = await Rig.open({ images: ["busybox"] });
    const answers = (address: string, text: string | undefined) =>
      rig.until(
        `${address} answers ${text}`,
        async () => await page(address) === text,
      );
    await rig.create(
      serving(
        "web",
        [
          { containerPort: 80, hostPort: 18080 },
          { containerPort: 5353, hostPort: 15353, protocol: "UDP" },
        ],
        "httpd -p 80 -h /www",
      ),
      serving(
        "local",
        [{ containerPort: 80, hostPort: 18081, hostIP: "127.0.0.1" }],
        "httpd -p 80 -h /www",
      ),
    );

    await t.step("what is no address is said", async () => {
      await rig.create(
        serving(
          "nowhere",
          [{ containerPort: 80, hostPort: 18082, hostIP: "localhost" }],
          "httpd -p 80 -h /www",
        ),
      );
      await rig.until(
        "its events say so",
        async () =>
          (await eventsOf(rig, "nowhere")).includes(
            'FailedCreatePodSandBox: Failed to create pod sandbox: Can not open port 18082 of the node: the hostIP "localhost" is not an IP address',
          ),
      );
      await gone(rig, "nowhere");
    });

    await t.step("from the node, by all of its addresses", async () => {
      await answers("127.0.0.1:18080", "web");
      await answers(`${NODE_IP}:18080`, "web");
      await answers("127.0.0.1:18081", "local");
      assert.equal(await page(`${NODE_IP}:18081`), undefined);
    });

    await t.step("datagrams too", async () => {
      const { uid } = (await rig.get("pods", "web")).metadata;
      const { pid } = (await processes()).find(({ cgroup }) =>
        cgroup.includes(uid)
      )!;
      const server = echoServer(pid, 5353);
      await rig.until(
        "a datagram comes back",
        async () =>
          await echo("127.0.0.1", 15353) === "ping" &&
          await echo(NODE_IP, 15353) === "ping",
      );
      server.kill();
      await server.status;
    });

    await t.step("from pods of the node, itself among them", async () => {
      const request =
        `printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${NODE_IP} 18080 | tail -n 1`;
      const [lines] = await said(rig, shellPod("client", { script: request }));
      assert.deepEqual(lines, ["web"]);
      const { stdout } = await rig.cluster.wherry(
        "exec",
        "web",
        "--",
        ...["sh", "-c", request],
      );
      assert.equal(stdout, "web\n");
    });

    await t.step("without an agent, and with the next one", async () => {
      await rig.agent.stop("SIGKILL");
      assert.equal(await page("127.0.0.1:18080"), "web");
      const before = await rules();
      await rig.startAgent();
      assert.equal(await page("127.0.0.1:18080"), "web");
      const ports = (text: string) => text.match(/.* dnat to .*/g)?.sort();
      await rig.until(
        "the rules are the next agent's",
        async () =>
          (await rules()).includes(
            'iifname "wherry0" ip daddr 127.0.0.0/8 drop',
          ),
      );
      assert.deepEqual(ports(await rules()), ports(before));
    });

    await t.step("a port goes with its pod, and to the next one", async () => {
      await gone(rig, "web");
      await rig.until(
        "nobody answers",
        async () => await page("127.0.0.1:18080") === undefined,
      );
      await rig.create(
        serving(
          "next",
          [{ containerPort: 81, hostPort: 18080 }],
          "httpd -p 81 -h /www",
        ),
      );
      await answers("127.0.0.1:18080", "next");
      await gone(rig, "next", "local", "client");
      await rig.until(
        "no rules are left",
        async () => !(await rules()).includes("wherry_ports"),
      );
    });
  },
});
