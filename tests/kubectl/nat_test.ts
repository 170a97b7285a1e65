/**
 * Sessions and links that rest for longer than a NAT on the way remembers them.
 *
 * ```text
 *  client's namespace ── NAT's namespace (forgets after 4 s) ── this machine: the server
 * ```
 *
 * A NAT on the Internet forgets after minutes and we ping after 25 s: here all is fifteen times as fast. kubectl sends pings too, after
 * 5 s each: too late here, so that ours are what keeps a session.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeText } from "../../src/base/bytes.ts";
import { createMux, type Mux } from "../../src/base/mux.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { ProcessAgent } from "../../src/apiserver/testing/process_agent.ts";
import { startStreamRig } from "../../src/apiserver/testing/stream_rig.ts";
import { makePki } from "../../src/testing/pki.ts";
import { foundTools, testWith } from "../../src/testing/needs.ts";

const NAT_FORGETS_SECONDS = 4;
const PING_MS = 1_500;
const NEVER_MS = 3_600_000;
const REST_SECONDS = 9;
/** How long kubectl may wait for an end that may never come. */
const PATIENCE_SECONDS = 14;

/** The server, as the client sees it (addresses of RFC 2544, which nobody has). */
const SERVER = "198.18.77.1";
const NAT = "whnat";
const CLIENT = "whnatc";

async function sh(script: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-ec", script],
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}

async function withNat(use: () => Promise<void>): Promise<void> {
  const nft = foundTools().nft ?? "nft";
  const sys = "/proc/sys/net";
  try {
    await sh(`
      ip netns add ${NAT}; ip netns add ${CLIENT}
      ip link add ${NAT}0 type veth peer name wan netns ${NAT}
      ip -n ${NAT} link add lan type veth peer name eth0 netns ${CLIENT}
      ip addr add ${SERVER}/30 dev ${NAT}0; ip link set ${NAT}0 up
      ip -n ${NAT} addr add 198.18.77.2/30 dev wan; ip -n ${NAT} link set wan up
      ip -n ${NAT} addr add 192.168.77.1/24 dev lan; ip -n ${NAT} link set lan up
      ip -n ${CLIENT} addr add 192.168.77.2/24 dev eth0
      ip -n ${CLIENT} link set eth0 up; ip -n ${CLIENT} link set lo up
      ip -n ${CLIENT} route add default via 192.168.77.1
      ip netns exec ${NAT} sh -ec '
        echo 1 > ${sys}/ipv4/ip_forward
        ${nft} "add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; }; add rule ip nat out oifname wan masquerade; add chain ip nat through { type filter hook forward priority 0; }; add rule ip nat through ct state invalid drop"
        echo 0 > ${sys}/netfilter/nf_conntrack_tcp_loose
        echo ${NAT_FORGETS_SECONDS} > ${sys}/netfilter/nf_conntrack_tcp_timeout_established
      '`);
    await use();
  } finally {
    await sh(
      `ip link del ${NAT}0; ip netns del ${CLIENT}; ip netns del ${NAT}`,
    ).catch(() => {});
  }
}

/** What kubectl prints of a command that says something, rests, and says something again. */
async function execThroughNat(clientPingMs: number): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "wherry-nat-" });
  const agent = new ProcessAgent(folder);
  await using rig = await startStreamRig((stream) => agent.onStream(stream), {
    hostname: "0.0.0.0",
    clientPingMs,
  });
  await rig.makePod("a");
  const config = JSON.parse(rig.kubeconfig);
  const { cluster } = config.clusters[0];
  cluster.server = `https://${SERVER}:${rig.port}`;
  cluster["tls-server-name"] = "127.0.0.1";
  const path = join(folder, "kubeconfig");
  await Deno.writeTextFile(path, JSON.stringify(config));
  const { stdout } = await new Deno.Command("ip", {
    args: [
      ...["netns", "exec", CLIENT, "timeout", String(PATIENCE_SECONDS)],
      ...["kubectl", "--kubeconfig", path, "exec", "a", "--", "sh", "-c"],
      `echo begin; sleep ${REST_SECONDS}; echo end`,
    ],
    env: { HOME: folder },
  }).output();
  await Deno.remove(folder, { recursive: true });
  return decodeText(stdout);
}

/** Asks an agent over a link that has rested. */
async function askThroughNat(): Promise<string> {
  using host = makeRealHost({ logLevel: "error" });
  const connected = Promise.withResolvers<Mux>();
  await using server = await host.net.serve((request) => {
    const { socket, response } = host.net.upgrade(request);
    connected.resolve(createMux(host, socket, {
      role: "server",
      keepAliveMs: PING_MS,
      onStream: (stream) => stream.reset("not expected"),
    }));
    return response;
  }, { at: { hostname: SERVER, port: 0 }, tls: makePki().tls });
  const { port } = server.address as { port: number };
  const agent = new Deno.Command("ip", {
    args: [
      ...["netns", "exec", CLIENT, Deno.execPath(), "run", "-A", "--no-check"],
      new URL("nat_agent.ts", import.meta.url).pathname,
      `wss://${SERVER}:${port}/`,
      String(PING_MS),
    ],
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const link = await connected.promise;
  await new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1000));
  const { readable } = link.open({ type: "greet" }, { end: true });
  const text = await new Response(readable).text();
  link.close("test over");
  await agent.status;
  return text;
}

testWith(
  "sessions and links outlive a NAT's memory by their pings, and would not without",
  {
    needs: ["root", "nft", "kubectl"],
    fn: () =>
      withNat(async () => {
        const [kept, forgotten, answer] = await Promise.all([
          execThroughNat(PING_MS),
          execThroughNat(NEVER_MS),
          askThroughNat(),
        ]);
        assert.equal(kept, "begin\nend\n");
        assert.equal(forgotten, "begin\n");
        assert.equal(answer, "hello");
      }),
  },
);
