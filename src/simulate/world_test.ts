import {
  deepStrictEqual,
  match,
  rejects,
  strictEqual,
} from "node:assert/strict";
import type { Host, MessageSocket } from "../base/host.ts";
import { World } from "./world.ts";

function makeWorld(seed = 1) {
  const lines: string[] = [];
  const world = new World({
    seed,
    print: (line) => lines.push(line),
    openKv: () => Promise.reject(new Error("No database here")),
  });
  return { world, lines };
}

/** A server that answers each message with itself. */
async function echo(host: Host): Promise<void> {
  await host.net.serve((request) => {
    const { socket, response } = host.net.upgrade(request);
    socket.listen({
      onMessage: (data) => socket.send(data),
      onClose: ({ code }) => host.log("info", "peer gone", { code }),
    });
    return response;
  }, { at: { hostname: "0.0.0.0", port: 80 } });
}

/** A client that sends its clock's reading each second and logs what comes back. */
async function client(host: Host): Promise<void> {
  for (;;) {
    let socket: MessageSocket;
    try {
      socket = await host.net.openSocket("ws://server/");
    } catch (error) {
      host.log("info", "cannot connect", { error });
      await host.clock.sleep(1000);
      continue;
    }
    const { promise, resolve } = Promise.withResolvers<number>();
    socket.listen({
      onMessage: (data) => host.log("info", "answer", { data }),
      onClose: ({ code }) => resolve(code),
    });
    const tick = () => {
      socket.send(String(Math.round(host.clock.monotonicMs() / 1000)));
      timer = host.clock.after(1000, tick);
    };
    let timer = host.clock.after(1000, tick);
    host.log("info", "disconnected", { code: await promise });
    timer.cancel();
  }
}

const texts = (lines: string[]) => lines.map((line) => line.slice(10));

Deno.test("World.run() holds messages back during a cut and delivers them in order after it", async () => {
  const { world, lines } = makeWorld();
  const [server, edge] = [
    world.machine("server", echo),
    world.machine("edge", client),
  ];
  server.boot();
  edge.boot();
  await world.run(2500);
  world.network.cut("edge");
  await world.run(3000);
  const during = lines.length;
  world.network.heal("edge");
  await world.run(200);
  const after = texts(lines.slice(during)).map((line) => line.trim());
  deepStrictEqual(
    after,
    [3, 4, 5].map((n) => `edge     answer data=${n}`.trim()),
  );
});

Deno.test("SimMachine.crash() breaks its sockets at once, a power cut only when the reborn machine is spoken to", async () => {
  for (const how of ["crash", "cutPower"] as const) {
    const { world, lines } = makeWorld();
    const [server, edge] = [
      world.machine("server", echo),
      world.machine("edge", client),
    ];
    server.boot();
    edge.boot();
    await world.run(2500);
    world.kernel.schedule(null, { afterMs: 0, fn: () => server[how]() });
    await world.run(400);
    const told = lines.some((line) => line.includes("disconnected"));
    strictEqual(told, how === "crash");
    world.kernel.schedule(null, { afterMs: 0, fn: () => server.boot() });
    await world.run(5000);
    match(lines.join("\n"), /disconnected code=1006/);
    match(lines.at(-1)!, /answer/);
  }
});

Deno.test("World.run() gives the same log for the same seed and another for another", async () => {
  const run = async (seed: number) => {
    const { world, lines } = makeWorld(seed);
    const machines = [
      world.machine("server", echo),
      world.machine("a", client),
      world.machine("b", client),
    ];
    for (const machine of machines) machine.boot();
    await world.run(3000);
    world.kernel.schedule(null, { afterMs: 0, fn: () => machines[0]!.crash() });
    await world.run(3000);
    return lines.join("\n");
  };
  const first = await run(7);
  strictEqual(await run(7), first);
  strictEqual(await run(8) === first, false);
});

Deno.test("SimMachine.cutPower() loses what was not synced and keeps what was", async () => {
  const { world, lines } = makeWorld();
  const machine = world.machine("edge", async (host) => {
    const read = (path: string) =>
      host.disk.readText(path).catch((error) => (error as Error).message);
    host.log("info", "found", { a: await read("/a"), b: await read("/b") });
    await host.disk.writeAtomic("/a", "kept");
    await host.disk.writeAtomic("/b", "lost", { sync: false });
  });
  machine.boot();
  await world.run(5000);
  world.kernel.schedule(null, { afterMs: 0, fn: () => machine.cutPower() });
  await world.run(1);
  world.kernel.schedule(null, { afterMs: 0, fn: () => machine.boot() });
  await world.run(5000);
  match(lines.at(-1)!, /found a=kept b="No such file/);
});

Deno.test("World.run() fails when a background task fails", async () => {
  const { world } = makeWorld();
  world.machine("edge", () => Promise.reject(new Error("boom"))).boot();
  await rejects(world.run(10), /Task "main" on edge failed/);
});

Deno.test("World.run() fails when a host is used outside of its machine's steps", async () => {
  const { world } = makeWorld();
  const hosts: Host[] = [];
  for (const name of ["one", "two"]) {
    world.machine(name, (host) => {
      hosts.push(host);
      return Promise.resolve();
    }).boot();
  }
  await world.run(10);
  hosts[0]!.clock.now();
  await rejects(world.run(10), /one called clock.now outside of a step/);

  const { world: other } = makeWorld();
  const host = Promise.withResolvers<Host>();
  other.machine("one", (own) => {
    host.resolve(own);
    return Promise.resolve();
  }).boot();
  other.machine("two", async () => {
    await (await host.promise).disk.mkdir("/theirs");
  }).boot();
  await rejects(other.run(10), /one called disk.mkdir in a step of two/);
});

Deno.test("World.run() fails when something real answers a program", async () => {
  const { world } = makeWorld();
  const real = Promise.withResolvers<void>();
  world.machine("edge", async (host) => {
    await real.promise; // as a disk that is not the host's
    host.clock.now();
  }).boot();
  await world.run(10);
  real.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await rejects(world.run(10), /edge called clock.now outside of a step/);
});

Deno.test("World.run() fails when a rejected promise is left alone", async () => {
  const { world } = makeWorld();
  world.machine("edge", () => {
    void Promise.reject(new Error("left alone"));
    return Promise.resolve();
  }).boot();
  await rejects(world.run(10), /nobody caught it/);
});

Deno.test("SimMachine.endAt ends a program between a call's effect and its answer", async () => {
  const { world, lines } = makeWorld();
  const machine = world.machine("edge", async (host) => {
    await host.disk.writeAtomic("/a", "there");
    host.log("info", "answered");
  });
  machine.endAt = { point: 2, how: "cutPower" };
  machine.boot();
  await world.run(1000);
  strictEqual(machine.up, false);
  match(lines.at(-1)!, /power cut/);
  strictEqual(lines.some((line) => line.includes("answered")), false);
  strictEqual(machine.storage.files.has("/a"), true);
});
