import assert from "node:assert/strict";
import { Stopped } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { DbusConnection } from "./dbus.ts";
import { DBUS_TYPES, decodeMessage, encodeMessage } from "./dbus_message.ts";
import { ShutdownWatch } from "./shutdown_watch.ts";

const HAS_BUS = await isThere("dbus-daemon");

async function isThere(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"] }).output())
      .success;
  } catch {
    return false;
  }
}

Deno.test("encodeMessage() and decodeMessage() are each other's inverse", () => {
  const message = {
    type: DBUS_TYPES.signal,
    path: "/org/freedesktop/login1",
    interface: "org.freedesktop.login1.Manager",
    member: "PrepareForShutdown",
    sender: ":1.5",
    body: ["text", true, 7],
  };
  assert.deepEqual(decodeMessage(encodeMessage(message, 3)), message);
  const empty = { type: DBUS_TYPES.call, member: "Hello", body: [] };
  assert.deepEqual(decodeMessage(encodeMessage(empty, 1)), empty);
});

/** A bus of our own, on which we are logind. */
function openBus(folder: string) {
  const path = `${folder}/bus`;
  const daemon = new Deno.Command("dbus-daemon", {
    args: ["--session", "--nofork", `--address=unix:path=${path}`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  return { path, daemon };
}

async function until(what: string, isSo: () => boolean | Promise<boolean>) {
  const deadline = Date.now() + 20_000;
  while (!await isSo()) {
    if (Date.now() > deadline) {
      throw new Error(`It did not come so far: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test({
  name:
    "run() holds the machine back, ends pods when systemd says that it goes down, and holds it again when it does not",
  ignore: !HAS_BUS,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    using real = makeRealHost({ writeLog: () => {} });
    const log: string[] = [];
    /** Programs of systemd are told of, not run. */
    const host: Host = {
      ...real,
      clock: real.clock,
      net: real.net,
      spawn: real.spawn.bind(real),
      log: () => {},
      processes: {
        ...real.processes,
        uid: real.processes.uid,
        selfPid: real.processes.selfPid,
        run: (program) => {
          log.push(program);
          return Promise.resolve({
            code: 0,
            stdout: "t 90000000\n",
            stderr: "",
          });
        },
        start: (program) => {
          log.push(program);
          return Promise.resolve({
            pid: 1,
            exited: Promise.resolve(0),
            signal: (name) => void log.push(name),
          });
        },
      },
    };
    const { path, daemon } = openBus(folder);
    const stop = new AbortController();
    let running: Promise<void> | undefined;
    try {
      await until(
        "the bus is there",
        async () => await Deno.stat(path).then(() => true, () => false),
      );
      using logind = await DbusConnection.open(host, path);
      const heard = (async () => {
        for await (const _ of logind.messages()) { /* answers of the bus */ }
      })();
      await logind.callBus("RequestName", "org.freedesktop.login1", 4);
      const tell = (isGoing: boolean, connection = logind) =>
        connection.send({
          type: DBUS_TYPES.signal,
          path: "/org/freedesktop/login1",
          interface: "org.freedesktop.login1.Manager",
          member: "PrepareForShutdown",
          body: [isGoing],
        });
      const watch = new ShutdownWatch(host, {
        busPath: path,
        shutdown: {
          totalSeconds: 30,
          begin: () => Promise.resolve(void log.push("begin")),
          cancel: () => void log.push("cancel"),
        },
      });
      running = watch.run(stop.signal);
      await until("the lock is held", () => log.includes("systemd-inhibit"));
      assert.deepEqual(log.splice(0), ["busctl", "systemd-inhibit"]);
      // Anybody may say so; only logind is believed.
      using liar = await DbusConnection.open(host, path);
      await tell(true, liar);
      await tell(true);
      await until("the lock is let go", () => log.includes("SIGTERM"));
      assert.deepEqual(log.splice(0), ["begin", "SIGTERM"]);
      await tell(false);
      await until(
        "the lock is held again",
        () => log.includes("systemd-inhibit"),
      );
      assert.deepEqual(log.splice(0), ["cancel", "systemd-inhibit"]);
      stop.abort(new Stopped("The test is over"));
      await running;
      assert.deepEqual(log, ["SIGTERM"]);
      logind[Symbol.dispose]();
      await heard.catch(() => {});
    } finally {
      stop.abort(new Stopped("The test is over"));
      await running?.catch(() => {});
      daemon.kill();
      await daemon.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
});
