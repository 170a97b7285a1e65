/**
 * An agent whose containers are this machine: exec and attach run processes, port-forward and connect dial 127.0.0.1.
 *
 * @module
 */
import { encodeText } from "../../base/bytes.ts";
import {
  CHANNEL,
  encodeChannelFrame,
  readChannelFrames,
} from "../../base/channel_frames.ts";
import { messageOf } from "../../base/errors.ts";
import { serveOverMux } from "../../base/mux_http.ts";
import type { MuxStream } from "../../base/mux.ts";

/** What attach joins: a process that says what it hears. */
const ATTACHED = ["sh", "-c", "echo attached; cat; echo bye"];

/** Answers the streams of a server. */
export class ProcessAgent {
  /** Where processes run. */
  readonly cwd: string;
  /** Sizes of terminals that were told. */
  readonly sizes: string[] = [];
  /** Processes that run now. */
  running = 0;
  /** Answers kubelet's paths. */
  readonly http: (request: Request) => Response | Promise<Response>;

  /** Runs processes in a folder. */
  constructor(
    cwd: string,
    http: ProcessAgent["http"] = () => new Response("none", { status: 404 }),
  ) {
    this.cwd = cwd;
    this.http = http;
  }

  /** Takes a stream. */
  onStream(stream: MuxStream): void {
    this.#serve(stream).catch((error) => stream.reset(messageOf(error)));
  }

  async #serve(stream: MuxStream): Promise<void> {
    const { type, command, port, host } = stream.header;
    if (type === "http") return await serveOverMux(stream, this.http);
    if (type === "exec") return await this.#run(stream, command as string[]);
    if (type === "attach") return await this.#run(stream, ATTACHED);
    const conn = await dial(String(host ?? "127.0.0.1"), Number(port));
    await Promise.all([
      stream.readable.pipeTo(conn.writable),
      conn.readable.pipeTo(stream.writable),
    ]);
  }

  async #run(stream: MuxStream, command: readonly string[]): Promise<void> {
    const { stdin, tty } = stream.header;
    const [program = "", ...args] = tty
      ? ["script", "-qefc", command.join(" "), "/dev/null"]
      : command;
    const child = new Deno.Command(program, {
      args,
      cwd: this.cwd,
      stdin: stdin ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.running++;
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {
      try {
        child.kill("SIGKILL");
      } catch {
        // ended
      }
    });
    void this.#input(stream, child, stdin === true).catch(() => {});
    const copy = async (channel: number, from: ReadableStream<Uint8Array>) => {
      for await (const chunk of from) {
        await writer.write(encodeChannelFrame(channel, chunk));
      }
    };
    try {
      await Promise.all([
        copy(CHANNEL.stdout, child.stdout),
        copy(CHANNEL.stderr, child.stderr),
      ]);
      const { code } = await child.status;
      const status = encodeText(JSON.stringify(statusOf(code)));
      await writer.write(encodeChannelFrame(CHANNEL.error, status));
      await writer.close();
    } finally {
      await child.status;
      this.running--;
    }
  }

  async #input(
    stream: MuxStream,
    child: Deno.ChildProcess,
    stdin: boolean,
  ): Promise<void> {
    const writer = stdin ? child.stdin.getWriter() : undefined;
    try {
      for await (const frame of readChannelFrames(stream.readable)) {
        const { channel, payload } = frame;
        if (channel === CHANNEL.stdin) await writer?.write(payload);
        if (channel === CHANNEL.close) await writer?.close();
        if (channel === CHANNEL.resize) {
          this.sizes.push(new TextDecoder().decode(payload));
        }
      }
    } finally {
      await writer?.abort().catch(() => {});
    }
  }
}

async function dial(hostname: string, port: number): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname, port });
  } catch {
    throw new Error(
      `failed to connect to ${hostname}:${port}: connection refused`,
    );
  }
}

function statusOf(code: number): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}
