/**
 * A whole cluster in one process: the real server and real agents on simulated machines, with the scripted runtime.
 *
 * @module
 */
import { startAgent } from "../../agent/main.ts";
import { FakeMachine, FakeRuntime } from "../../agent/runtime/fake/mod.ts";
import type { Host } from "../base/host.ts";
import { publicKeyHash } from "../base/certificates.ts";
import type { Client } from "../client/client.ts";
import { makeJoinToken } from "../cli/commands/token.ts";
import { RestClient } from "../client/rest_client.ts";
import { SERVER_PARTS } from "../programs/server_parts.ts";
import { type RunningServer, startServer } from "../server_main.ts";
import { MemoryKv, MemoryKvData } from "../store/memory_kv.ts";
import type { OpenKv, SimMachine, World } from "./world.ts";

const SERVER = "server";
const PORT = 6443;
/** How long one call of the scripted runtime takes. */
const RUNTIME_CALL_MS = 80;
/** A small edge box. */
const MACHINE = {
  cpus: 4,
  memoryBytes: 1024 ** 3,
  storageBytes: 16 * 1024 ** 3,
  kernelVersion: "6.1.0",
  osImage: "Simulated",
  os: "linux",
  arch: "amd64",
} as const;

/** Databases in memory, kept by the machine and timed by the world. */
export const openSimKv: OpenKv = ({ path, databases, delay }) => {
  const known = databases.get(path);
  const data = known instanceof MemoryKvData ? known : new MemoryKvData();
  databases.set(path, data);
  return Promise.resolve(new MemoryKv(data, { delay }));
};

/** An edge box with its agent. */
export interface SimNode {
  readonly machine: SimMachine;
  /** The box' pods: a new one after a power cut. */
  runtime: FakeMachine;
}

/** Server and nodes. */
export class Fleet {
  readonly world: World;
  readonly server: SimMachine;
  readonly nodes: readonly SimNode[];
  /** Called each time that the server is up, in its own time. */
  onServerUp: (client: Client, host: Host) => void = () => {};
  #running:
    | { readonly server: RunningServer; readonly boot: number }
    | undefined;
  #joinToken: string | undefined;

  /** @param options `nodes`: how many boxes, named node-1, node-2 … */
  constructor(world: World, options: { nodes: number }) {
    this.world = world;
    this.server = world.machine(SERVER, (host) => this.#serve(host));
    this.nodes = Array.from({ length: options.nodes }, (_, index) => {
      const name = `node-${index + 1}`;
      const node: SimNode = {
        machine: world.machine(name, (host) => this.#runAgent(host, node)),
        runtime: new FakeMachine(),
      };
      return node;
    });
  }

  /** The API as an administrator's client on the server's own machine; undefined while the server is not up. */
  get client(): Client | undefined {
    const running = this.#running;
    const { up, boots } = this.server;
    if (!up || running?.boot !== boots) return undefined;
    return new RestClient(running.server.transportFor("simulation"));
  }

  /** Cuts a box' power: its pods die with it. */
  cutPower(node: SimNode): void {
    node.machine.cutPower();
    node.runtime = new FakeMachine();
  }

  /** Runs work on the server's machine, in its own time. */
  onServer(name: string, work: (client: Client, host: Host) => Promise<void>) {
    const { client } = this;
    if (!client) throw new Error("The server is not up");
    this.server.run(name, (host) => work(client, host));
  }

  async #serve(host: Host): Promise<void> {
    const boot = this.server.boots;
    const server = await startServer(host, {
      dataDir: "/data",
      listen: { hostname: SERVER, port: PORT },
      parts: SERVER_PARTS,
    });
    this.#joinToken ??= `${await makeJoinToken(host, {
      client: new RestClient(server.transportFor("simulation")),
      ttlSeconds: 0,
    })}@${publicKeyHash(host.crypto, server.caCertificate)}`;
    this.#running = { server, boot };
    this.onServerUp(this.client!, host);
  }

  async #runAgent(host: Host, node: SimNode): Promise<void> {
    const { name } = node.machine;
    // A box that has never joined waits for its token, as its installer would.
    while (this.#joinToken === undefined) await host.clock.sleep(500);
    const agent = await startAgent(host, {
      dataDir: "/data",
      nodeName: name,
      server: `https://${SERVER}:${PORT}`,
      token: this.#joinToken,
      nodeIp: `192.0.2.${this.nodes.indexOf(node) + 10}`,
      localSocket: false,
      machine: {
        ...MACHINE,
        machineId: name,
        systemUuid: name,
        bootId: `${name}-boot-${node.machine.boots}`,
        hostname: name,
      },
      parts: (partsHost) => ({
        runtimes: [
          new FakeRuntime(partsHost, {
            machine: node.runtime,
            // It stands in for containers, which pods without a RuntimeClass ask for.
            name: "containerd",
            callMs: RUNTIME_CALL_MS,
            address: (n) => `10.99.${this.nodes.indexOf(node)}.${n % 250 + 1}`,
          }),
        ],
      }),
    });
    await agent.failed;
  }
}
