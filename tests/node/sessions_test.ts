/** Sessions with real containers: exit codes, terminals, bulk both ways, ports, and that nothing is left of them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { PortConnection } from "../../agent/runtime/sessions.ts";
import type { CriRuntime } from "../../agent/runtime/containerd/cri_runtime.ts";
import {
  ContainerdRig,
  shellContainer,
} from "../../src/testing/containerd_rig.ts";
import { testWith } from "../../src/testing/needs.ts";

const BULK_BYTES = 20 * 1024 * 1024;
const LIMIT_MS = 60_000;

/** Answers a line with the digest of the bytes that follow it, or with so many bytes. */
const SERVER = `read -r what
case $what in
  digest) head -c ${BULK_BYTES} | busybox sha256sum ;;
  bytes) head -c ${BULK_BYTES} /dev/zero ;;
esac`;

testWith("sessions with a container on a real containerd", {
  needs: ["containerd"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using rig = await ContainerdRig.open({ here: true });
    const { runtime } = rig.own;
    const config = rig.sandbox("web");
    const { id: sandboxId } = await runtime.runSandbox(config);
    const start = async (script: string, more = {}) => {
      const id = await runtime.createContainer(
        { id: sandboxId, config },
        shellContainer(script, more),
      );
      await runtime.startContainer(id);
      return id;
    };
    const id = await start(
      `echo '${SERVER}' >/serve; exec nc -ll -p 8080 -e sh /serve`,
    );
    const before = await openFiles();

    await t.step("bulk goes both ways byte for byte", async () => {
      const sent = createHash("sha256");
      let left = BULK_BYTES;
      const digest = await output(runtime, id, {
        command: ["busybox", "sha256sum"],
        stdin: new ReadableStream({
          pull(controller) {
            if (left === 0) return controller.close();
            const chunk = crypto.getRandomValues(
              new Uint8Array(Math.min(65_536, left)),
            );
            left -= chunk.length;
            sent.update(chunk);
            controller.enqueue(chunk);
          },
        }, { highWaterMark: 0 }),
      });
      assert.equal(digest.split(" ")[0], sent.digest("hex"));

      const received = createHash("sha256");
      let size = 0;
      await runtime.exec(id, {
        command: ["head", "-c", String(BULK_BYTES), "/dev/zero"],
        stdout: new WritableStream({
          write(chunk) {
            size += chunk.length;
            received.update(chunk);
          },
        }),
        tty: false,
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      assert.equal(size, BULK_BYTES);
      assert.equal(
        received.digest("hex"),
        createHash("sha256").update(new Uint8Array(BULK_BYTES)).digest("hex"),
      );
    });

    await t.step(
      "a command that does not read all of its input ends, with its exit code",
      async () => {
        for (let i = 0; i < 5; i++) {
          const seen: string[] = [];
          const { exitCode } = await runtime.exec(id, {
            command: ["sh", "-c", "head -c 5; exit 3"],
            stdin: new ReadableStream({
              pull: (controller) =>
                controller.enqueue(encode("xxxxx".repeat(9_999))),
            }, { highWaterMark: 0 }),
            stdout: new WritableStream({
              write: (chunk) => void seen.push(new TextDecoder().decode(chunk)),
            }),
            tty: false,
            signal: AbortSignal.timeout(LIMIT_MS),
          });
          assert.deepEqual([exitCode, seen.join("")], [3, "xxxxx"]);
        }
      },
    );

    await t.step("a terminal follows the client's size", async () => {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      writer.write({ width: 80, height: 24 });
      setTimeout(() => writer.write({ width: 133, height: 44 }), 500);
      const text = await output(runtime, id, {
        command: [
          "sh",
          "-c",
          "sleep 0.2; stty size; sleep 0.7; stty size; tty",
        ],
        tty: true,
        resize: readable,
      });
      assert.deepEqual(text.split(/\s*\n/), [
        "24 80",
        "44 133",
        "/dev/pts/0",
        "",
      ]);
    });

    await t.step("a hundred commands at once", async () => {
      const texts = await Promise.all(
        Array.from(
          { length: 100 },
          (_, i) => output(runtime, id, { command: ["echo", `number ${i}`] }),
        ),
      );
      assert.deepEqual(
        texts,
        Array.from({ length: 100 }, (_, i) => `number ${i}\n`),
      );
    });

    await t.step(
      "a command ends with its client, others with the same words go on",
      async () => {
        const stops = [0, 1, 2].map(() => new AbortController());
        const running = stops.map((stop) =>
          runtime.exec(id, {
            command: ["sh", "-c", "sleep 4711; true"],
            tty: false,
            stdout: new WritableStream(),
            signal: stop.signal,
          }).then(() => "ended", () => "given up")
        );
        await until(async () => (await processes(runtime, id)).length === 6);
        stops[0]!.abort(new Error("The client left"));
        stops[1]!.abort(new Error("The client left"));
        assert.equal(await running[0], "given up");
        assert.equal((await processes(runtime, id)).length >= 2, true);
        stops[2]!.abort(new Error("The client left"));
        await until(async () => (await processes(runtime, id)).length === 0);
      },
    );

    await t.step(
      "a port carries bulk both ways byte for byte",
      async () => {
        // containerd 1.6 ends both directions a second after the first: it does not hand over an end, so the requests tell their length.
        const up = await connect(runtime, sandboxId);
        const told = text(up);
        const sent = up.writable.getWriter();
        await sent.write(encode("digest\n"));
        await sent.write(new Uint8Array(BULK_BYTES));
        assert.equal(
          (await told).split(" ")[0],
          createHash("sha256").update(new Uint8Array(BULK_BYTES)).digest("hex"),
        );
        const down = await connect(runtime, sandboxId);
        await down.writable.getWriter().write(encode("bytes\n"));
        let size = 0;
        for await (const chunk of down.readable) size += chunk.length;
        assert.equal(size, BULK_BYTES);
        down.close();
      },
    );

    await t.step(
      "a port where nobody listens says so in the runtime's words",
      async () => {
        await assert.rejects(
          text(await connect(runtime, sandboxId, 8081)),
          /error forwarding port 8081 to pod .*connection refused/,
        );
      },
    );

    await t.step(
      "an attached client talks with the container itself",
      async () => {
        const shell = await start(
          'while read -r line; do echo "<$line>"; done',
          {
            name: "shell",
            stdin: true,
            stdinOnce: true,
          },
        );
        const { readable, writable } = new TransformStream();
        const input = writable.getWriter();
        const seen: string[] = [];
        const attached = runtime.attach(shell, {
          stdin: readable,
          stdout: new WritableStream({
            write: (chunk) => void seen.push(new TextDecoder().decode(chunk)),
          }),
          tty: false,
          signal: AbortSignal.timeout(LIMIT_MS),
        });
        await input.write(encode("one\ntwo\n"));
        await until(() => seen.join("") === "<one>\n<two>\n");
        await input.close();
        await attached;
        await until(async () =>
          (await runtime.containerStatus(shell))?.state === "exited"
        );
        assert.equal((await runtime.containerStatus(shell))?.exitCode, 0);
      },
    );

    await t.step("nothing is left of it", async () => {
      await until(async () => await openFiles() <= before + 2);
      const ps = await runtime.execSync(id, { command: ["ps"] });
      const lines = new TextDecoder().decode(ps.output).trim().split("\n");
      // The head, the server and ps; what is in brackets has ended and waits for a parent that never looks.
      assert.equal(
        lines.filter((line) => !/\[\w+\]$/.test(line)).length,
        3,
        lines.join("\n"),
      );
    });

    await runtime.stopSandbox(sandboxId);
    await runtime.removeSandbox(sandboxId);
  },
});

async function output(
  runtime: CriRuntime,
  id: string,
  request: {
    command: string[];
    stdin?: ReadableStream<Uint8Array>;
    tty?: boolean;
    resize?: ReadableStream<{ width: number; height: number }>;
  },
): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const { exitCode } = await runtime.exec(id, {
    tty: false,
    ...request,
    stdout: new WritableStream({
      write: (chunk) => void parts.push(chunk.slice()),
    }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  assert.equal(exitCode, 0);
  return await new Blob(parts).text();
}

/** The processes of the commands with the telling number. */
async function processes(runtime: CriRuntime, id: string): Promise<string[]> {
  const ps = await runtime.execSync(id, { command: ["ps"] });
  return new TextDecoder().decode(ps.output).split("\n")
    .filter((line) => line.includes("4711"));
}

function connect(
  runtime: CriRuntime,
  sandboxId: string,
  port = 8080,
): Promise<PortConnection> {
  return runtime.portForward(sandboxId, port, {
    signal: AbortSignal.timeout(LIMIT_MS),
  });
}

async function text(connection: PortConnection): Promise<string> {
  try {
    const body = connection.readable as ReadableStream<Uint8Array<ArrayBuffer>>;
    return await new Response(body).text();
  } finally {
    connection.close();
  }
}

async function openFiles(): Promise<number> {
  return (await Array.fromAsync(Deno.readDir("/proc/self/fd"))).length;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000 && !await holds(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(await holds(), "It did not come so far");
}
